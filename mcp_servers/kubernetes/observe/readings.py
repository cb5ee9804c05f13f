"""What pods took from ConfigMaps and Secrets when they started, and which of it was written since.

Variables, and files mounted by a subPath, keep the value of the container's start. Names and times only, never values.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.observe.references import PodReference, references
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree
from mcp_servers.serving.windows import rfc3339

TOLERANCE: Final = timedelta(seconds=2)  # a write and a start are dated in whole seconds
SOURCES: Final = {"configMap": ("ConfigMap", "name"), "secret": ("Secret", "secretName")}


def observe(tree: WorkloadTree) -> list[Observation]:
    """One observation for each object that running containers read before its last write."""
    stale: dict[tuple[str, str], tuple[set[str], datetime]] = {}
    for pod in tree.pods:
        for reference in read_at_start(pod):
            there = tree.lists.by_name(reference.kind, reference.name)
            written_at, started = o.last_written(there or {}), _start_of(pod, reference.container)
            if written_at is None or started is None or written_at - started <= TOLERANCE:
                continue
            keys, latest = stale.get((reference.kind, reference.name), (set(), started))
            stale[(reference.kind, reference.name)] = (keys | {reference.key}, max(latest, started))
    return [_newer(tree, kind, name, keys, started) for (kind, name), (keys, started) in sorted(stale.items())]


def read_at_start(pod: Obj) -> Iterator[PodReference]:
    """References whose value a container keeps from its start."""
    yield from (r for r in references(pod) if r.container and r.kind in ("ConfigMap", "Secret"))
    sources = {str(v.get("name", "")): v for v in o.spec(pod).get("volumes") or []}
    for _, container in o.containers(pod):
        for mount in container.get("volumeMounts") or []:
            if not (mount.get("subPath") or mount.get("subPathExpr")):
                continue
            volume = sources.get(str(mount.get("name", "")), {})
            for field, (kind, name_key) in SOURCES.items():
                if name := (volume.get(field) or {}).get(name_key):
                    yield PodReference(kind, name, str(mount.get("subPath") or ""), str(container.get("name", "")))


def _newer(tree: WorkloadTree, kind: str, name: str, keys: set[str], started: datetime) -> Observation:
    written_at = o.last_written(tree.lists.by_name(kind, name) or {})
    assert written_at is not None
    key = ", ".join(sorted(k for k in keys if k))
    text = f"{kind} {name} was written at {rfc3339(written_at)}, the pods started at {rfc3339(started)} or earlier"
    return Observation(
        code="reference.newer",
        subject=tree.subject,
        at=written_at,
        attributes={
            "kind": kind, "name": name, "key": key, "written": rfc3339(written_at), "started": rfc3339(started),
        },
        excerpt=excerpt(text),
    )  # fmt: skip


def _start_of(pod: Obj, container: str) -> datetime | None:
    """When the run began that is on now; None where none is."""
    for container_status in o.status(pod).get("containerStatuses") or []:
        if container_status.get("name") == container:
            return o.instant(((container_status.get("state") or {}).get("running") or {}).get("startedAt"))
    return None
