"""Who else is at work on what a write is about: a rollout, another field manager, an autoscaler, a drain.

These are facts with their times. What came before an incident is what its diagnosis weighed; what came since is
somebody else acting, and the responder decides whether it waits or asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from mcp_servers.contract.blast_radius import OTHER_ACTORS, OtherActor
from mcp_servers.kubernetes.connection.client import FIELD_MANAGER, Obj
from mcp_servers.kubernetes.observe.changes import CONTROLLERS
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.ownership import owns
from mcp_servers.kubernetes.writes.blast_radius import desired_replicas
from mcp_servers.kubernetes.writes.namespace_context import NamespaceContext

NAMES: Final = 5  # of each kind, the latest ones


def other_actors(
    beside: NamespaceContext, target: Obj, scalers: Sequence[Obj] | None, pods: Sequence[Obj] | None
) -> dict[str, Any]:
    """Keys of a preview's data."""
    actors = [*_managers(target)[:NAMES], *_rollout(beside, target), *_scaling(scalers or []), *_drains(pods or [])]
    return {OTHER_ACTORS: [one.model_dump(mode="json") for one in actors]}


def other_managers(target: Obj) -> dict[str, Any]:
    """Of an object that has no pods: keys of a preview's data."""
    return {OTHER_ACTORS: [one.model_dump(mode="json") for one in _managers(target)[:NAMES]]}


def _managers(target: Obj) -> list[OtherActor]:
    """The last write of each field manager, the latest first; statuses and scale are what controllers write."""
    managers = [
        OtherActor(kind="field_manager", who=str(entry.get("manager", "")), at=at)
        for entry in o.meta(target).get("managedFields") or []
        if not entry.get("subresource")
        and entry.get("manager") not in (*CONTROLLERS, FIELD_MANAGER)
        and (at := o.instant(entry.get("time"))) is not None
    ]
    return sorted(managers, key=lambda one: str(one.at), reverse=True)


def _rollout(beside: NamespaceContext, target: Obj) -> Iterator[OtherActor]:
    """A Deployment whose pods are not all of its newest template yet; it began with the ReplicaSet of that."""
    if target.get("kind") != "Deployment":
        return
    status = o.status(target)
    behind = int(status.get("observedGeneration") or 0) < int(o.meta(target).get("generation") or 0)
    if not behind and int(status.get("updatedReplicas") or 0) >= desired_replicas(target):
        return
    sets = beside.list("/apis/apps/v1", "replicasets", lambda one: owns(target, one)) or []
    newest = max(sets, key=o.revision, default=None)
    if newest is not None:
        yield OtherActor(kind="rollout", who=o.name(newest), at=o.created_at(newest))


def _scaling(scalers: Sequence[Obj]) -> Iterator[OtherActor]:
    for scaler in scalers:
        status = o.status(scaler)
        if status.get("desiredReplicas") != status.get("currentReplicas"):
            yield OtherActor(kind="autoscaler", who=o.name(scaler), at=o.instant(status.get("lastScaleTime")))


def _drains(pods: Sequence[Obj]) -> Iterator[OtherActor]:
    """Nodes from which somebody evicts one of the pods at this moment."""
    leaving_pods = [
        pod
        for pod in pods
        if o.meta(pod).get("deletionTimestamp") and o.condition(pod, "DisruptionTarget").get("status") == "True"
    ]
    nodes = dict.fromkeys(str(o.spec(pod).get("nodeName") or "") for pod in leaving_pods)
    yield from (OtherActor(kind="drain", who=node) for node in list(nodes)[:NAMES])
