"""Where a workload's template keeps its containers from writing. Mounts of ConfigMaps and Secrets never take writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree

DATA: Final = ("persistentVolumeClaim", "hostPath", "nfs", "csi", "ephemeral")  # a kubelet makes an emptyDir for all


def observe(tree: WorkloadTree) -> Iterator[Observation]:
    """One observation for each container and place that it may not write to."""
    pod = o.spec(tree.template)
    volumes = {str(v.get("name", "")): v for v in pod.get("volumes") or []}
    for claim in o.spec(tree.root).get("volumeClaimTemplates") or []:
        volumes.setdefault(o.name(claim), {"persistentVolumeClaim": {}})
    security_context = pod.get("securityContext") or {}
    for _, container in o.containers(tree.template):
        own = container.get("securityContext") or {}
        user = own.get("runAsUser", security_context.get("runAsUser"))
        if own.get("readOnlyRootFilesystem"):
            yield _blocked_write(tree, container, why="root_read_only", path="/")
        for mount in container.get("volumeMounts") or []:
            if not any(kind in volumes.get(str(mount.get("name", "")), {}) for kind in DATA):
                continue
            place = {"path": str(mount.get("mountPath", "")), "volume": str(mount.get("name", ""))}
            if mount.get("readOnly"):
                yield _blocked_write(tree, container, why="mount_read_only", **place)
            elif user and security_context.get("fsGroup") is None:
                yield _blocked_write(tree, container, why="user", user=str(user), **place)


def _blocked_write(tree: WorkloadTree, container: Obj, **attributes: str) -> Observation:
    fields = {"container": str(container.get("name", "")), **attributes}
    return Observation(code="workload.write_barred", subject=tree.subject, attributes=fields)
