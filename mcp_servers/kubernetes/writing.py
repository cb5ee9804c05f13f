"""The write tools, and the door that each of them goes through. What they do stands in `write_*`."""

from __future__ import annotations

from functools import partial
from typing import Any, Final, Literal

from mcp_servers.contract.facts import Answer
from mcp_servers.kit.arguments import Options
from mcp_servers.kit.door import WriteDoor
from mcp_servers.kit.used_permits import UsedPermits
from mcp_servers.kubernetes.client import Cluster
from mcp_servers.kubernetes.write_rollouts import RolloutRestart, RolloutUndo
from mcp_servers.kubernetes.write_sizes import Scale, SetResources
from mcp_servers.kubernetes.write_workload import WorkloadWrite

AUDIENCE: Final = "kubernetes"
SYSTEM: Final = ("kube-*",)  # a pattern never opens these; an operator has to name one in full
WRITES: Final[tuple[type[WorkloadWrite], ...]] = (RolloutUndo, SetResources, Scale, RolloutRestart)

Workload = Literal["Deployment", "StatefulSet", "DaemonSet"]
Scalable = Literal["Deployment", "StatefulSet"]


def door_for(cluster: Cluster, options: Options) -> WriteDoor:
    """The door to this cluster. Nothing is connected before the first write or preview."""
    return WriteDoor(
        audience=AUDIENCE,
        scope=lambda: cluster.name,
        enabled=options.writes,
        allowed=options.allow,
        by_name_only=SYSTEM,
        key=options.permit_key,
        used=UsedPermits(options.used_permits) if options.used_permits else None,
        now=cluster.now,
    )


class Writes:
    """The tools. Each hands its arguments to the door, which decides; an empty argument is as good as none."""

    def __init__(self, cluster: Cluster, door: WriteDoor) -> None:
        self._door = door
        door.writes |= {write.tool: partial(write, cluster) for write in WRITES}

    def kubectl_preview(self, tool: str, arguments: dict[str, Any]) -> Answer:
        """What a write tool would do with these arguments: a dry run on the API server, which changes nothing.

        `data` holds `diff` (lines), `blast_radius` (a sentence), `undo` ({tool, arguments} or null), `target` and
        `scope`. A permit has to be minted for exactly these arguments and this target.
        """
        return self._door.preview(tool, arguments)

    def kubectl_rollout_undo(
        self, namespace: str, name: str, to_revision: int, kind: Literal["", "Deployment"] = "", permit: str = ""
    ) -> Answer:
        """Put a Deployment back to the pod template of an earlier revision, which then gets the next number."""
        arguments = {"namespace": namespace, "kind": kind, "name": name, "to_revision": to_revision}
        return self._door.execute(RolloutUndo.tool, arguments, permit)

    def kubectl_set_resources(
        self,
        namespace: str,
        kind: Workload,
        name: str,
        container: str = "",
        memory_limit: str = "",
        memory_request: str = "",
        cpu_limit: str = "",
        cpu_request: str = "",
        permit: str = "",
    ) -> Answer:
        """Set limits and requests of a container, which replaces the pods.

        An empty value leaves what is there, "none" takes it away. `container` may be left out where there is only one.
        """
        arguments = {
            "namespace": namespace,
            "kind": kind,
            "name": name,
            "container": container,
            "memory_limit": memory_limit,
            "memory_request": memory_request,
            "cpu_limit": cpu_limit,
            "cpu_request": cpu_request,
        }
        return self._door.execute(SetResources.tool, arguments, permit)

    def kubectl_scale(self, namespace: str, kind: Scalable, name: str, replicas: int, permit: str = "") -> Answer:
        """Set the number of replicas."""
        arguments = {"namespace": namespace, "kind": kind, "name": name, "replicas": replicas}
        return self._door.execute(Scale.tool, arguments, permit)

    def kubectl_rollout_restart(self, namespace: str, kind: Workload, name: str, permit: str = "") -> Answer:
        """Replace every pod by a new one of the same template. There is no undo."""
        arguments = {"namespace": namespace, "kind": kind, "name": name}
        return self._door.execute(RolloutRestart.tool, arguments, permit)
