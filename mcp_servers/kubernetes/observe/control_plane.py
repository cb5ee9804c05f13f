"""What the control plane leaves undone: pods that no scheduler looked at, changes that no controller acted on.

Who is missing is told by its Lease, where that can be read: the component that leads renews it every few seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.observe.workloads import is_settled
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree
from mcp_servers.serving.windows import rfc3339

PLACE: Final = "kube-system"
LEASE: Final = "Lease"
DEFAULT_SCHEDULER: Final = "default-scheduler"
OF_SCHEDULER: Final = "kube-scheduler"
OF_CONTROLLERS: Final = "kube-controller-manager"
LATE: Final = timedelta(minutes=2)  # both act within seconds, after a change of leader within half a minute
_ACTED_ON: Final = ("Deployment", "StatefulSet", "DaemonSet")


def observe(tree: WorkloadTree) -> Iterator[Observation]:
    """Facts on the pods of a family and on its root."""
    for pod in tree.pods:
        if (waits := _unassigned_for(pod, tree)) is not None:
            scheduler = _scheduler(pod)
            attributes = {"scheduler": scheduler, "seconds": int(waits.total_seconds())}
            yield Observation(
                code="pod.unassigned",
                subject=o.subject(tree.scope, pod),
                at=o.created_at(pod),
                attributes=attributes | _lease(_lease_of(scheduler), tree.lists, tree.now),
            )
    since = _unprocessed_since(tree.root, tree)
    if since is not None:
        attributes = {
            "generation": int(o.meta(tree.root).get("generation") or 0),
            "observed": int(o.status(tree.root).get("observedGeneration") or 0),
            "seconds": int((tree.now - since).total_seconds()),
        }
        yield Observation(
            code="workload.unprocessed",
            subject=tree.subject,
            at=since,
            attributes=attributes | _lease(OF_CONTROLLERS, tree.lists, tree.now),
        )


def is_left_alone(obj: Obj) -> bool:
    """Whether it may wait for the control plane, so that the Leases are worth reading."""
    return _is_unseen(obj) if obj.get("kind") == "Pod" else obj.get("kind") in _ACTED_ON and not is_settled(obj)


def _unassigned_for(pod: Obj, tree: WorkloadTree) -> timedelta | None:
    """How long a pod has waited of which nobody has said a word."""
    created_at = o.created_at(pod)
    if created_at is None or not _is_unseen(pod) or tree.events(pod) or tree.now - created_at < LATE:
        return None
    return tree.now - created_at


def _is_unseen(pod: Obj) -> bool:
    status, spec = o.status(pod), o.spec(pod)
    placement = spec.get("nodeName") or spec.get("schedulingGates") or o.meta(pod).get("deletionTimestamp")
    report = status.get("conditions") or status.get("containerStatuses") or status.get("nominatedNodeName")
    return status.get("phase") == "Pending" and not placement and not report


def _unprocessed_since(root: Obj, tree: WorkloadTree) -> datetime | None:
    """When it was written last, where its controller has not got to that within its time.

    Writes of the status tell nothing of the spec; of a recording that keeps no managers, nothing can be told.
    """
    if root["kind"] not in _ACTED_ON or is_settled(root):
        return None
    writes = [
        at
        for entry in o.meta(root).get("managedFields") or []
        if entry.get("subresource") != "status" and (at := o.instant(entry.get("time"))) is not None
    ]
    return max(writes) if writes and tree.now - max(writes) >= LATE else None


def _scheduler(pod: Obj) -> str:
    return str(o.spec(pod).get("schedulerName") or DEFAULT_SCHEDULER)


def _lease_of(scheduler: str) -> str:
    return OF_SCHEDULER if scheduler == DEFAULT_SCHEDULER else scheduler


def _lease(name: str, lists: Lists, now: datetime) -> dict[str, Any]:
    """How the Lease of a component stands."""
    every = lists.of(LEASE) if lists.has(LEASE) else []
    lease_object = next((lease for lease in every if o.name(lease) == name), None)
    if lease_object is None:
        return {"component": name, "lease": "absent" if every else "unknown"}
    renewal = o.instant(o.spec(lease_object).get("renewTime"))
    allowed = timedelta(seconds=int(o.spec(lease_object).get("leaseDurationSeconds") or 15))
    if renewal is None:
        return {"component": name, "lease": "unknown"}
    state = "expired" if now - renewal > allowed + LATE else "renewed"
    return {"component": name, "lease": state, "renewed": rfc3339(renewal)}
