"""What is known of pods that a workload no longer has, or is about to lose.

A pod that was replaced takes its history with it: only its events, for an hour, keep it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree, removed_workload
from mcp_servers.serving.windows import rfc3339

REPEATED: Final = 3  # times from which a warning is more than one of a start or an end
_ENDS: Final = "Killing"  # what a pod warns of while it is taken away is no trouble of the workload


def observe(tree: WorkloadTree) -> list[Observation]:
    """One observation for each reason; `over` where a newer template has replaced that of the gone pods."""
    by_reason: dict[tuple[str, datetime | None], list[Obj]] = {}
    for events in tree.lists.once(_of_gone_pods).get(id(tree.root), {}).values():
        end = min((t for e in events if e.get("reason") == _ENDS and (t := o.first_seen(e))), default=None)
        for event in events:
            last = o.last_seen(event)
            if event.get("type") != "Warning" or o.times_seen(event) < REPEATED or last is None:
                continue
            if end is None or last < end:
                over = _replaced_at(tree, o.involved(event)[1])
                by_reason.setdefault((str(event.get("reason", "")), over), []).append(event)
    return [_observation(tree, reason, over, events) for (reason, over), events in by_reason.items()]


def terminating(pod: Obj, tree: WorkloadTree) -> list[Observation]:
    """That it is being removed and has time left: its containers' trouble is no longer the workload's."""
    until = o.instant(o.meta(pod).get("deletionTimestamp"))
    statuses = [*(o.status(pod).get("initContainerStatuses") or []), *(o.status(pod).get("containerStatuses") or [])]
    restarts = sum(int(s.get("restartCount") or 0) for s in statuses)
    if until is None or until < tree.now or o.is_ready(pod) or o.is_over(pod) or not restarts:
        return []
    waits = [str(((s.get("state") or {}).get("waiting") or {}).get("reason") or "") for s in statuses]
    own = next((s for s in tree.sets if s["kind"] == "ReplicaSet" and o.name(s) == o.owner(pod)[1]), None)
    heirs = [s for s in tree.sets if s is not own and o.spec(s).get("replicas")]
    attributes: dict[str, Any] = {
        "until": rfc3339(until),
        "reason": next(filter(None, waits), ""),
        "restarts": restarts,
    }
    if own is not None and not o.spec(own).get("replicas") and heirs:
        attributes |= {"replica_set": o.name(own), "replaced_by": o.name(heirs[0])}
    subject = o.subject(tree.scope, pod)
    return [Observation(code="pod.terminating", subject=subject, at=tree.now, attributes=attributes)]


def _of_gone_pods(lists: Lists) -> dict[int, dict[str, list[Obj]]]:
    """The events of pods that are not there any more, by their names, of each workload that these lead to, by its
    identity."""
    there = {o.name(pod) for pod in lists.of("Pod")}
    by_name: dict[str, list[Obj]] = {}
    for event in lists.of("Event"):
        kind, name = o.involved(event)
        if kind == "Pod" and name not in there:
            by_name.setdefault(name, []).append(event)
    by_workload: dict[int, dict[str, list[Obj]]] = {}
    for name, events in by_name.items():
        by_workload.setdefault(id(removed_workload(name, lists)), {})[name] = events
    return by_workload


def _replaced_at(tree: WorkloadTree, pod: str) -> datetime | None:
    """When the newest ReplicaSet was made, where the pod was of an earlier one."""
    newest = max(tree.sets, key=o.revision, default=None)
    if tree.root["kind"] != "Deployment" or newest is None or pod.startswith(f"{o.name(newest)}-"):
        return None
    return o.created_at(newest)


def _observation(tree: WorkloadTree, reason: str, over: datetime | None, events: Sequence[Obj]) -> Observation:
    ordered = sorted(events, key=lambda e: str(o.last_seen(e) or ""))
    first, last = min((t for e in events if (t := o.first_seen(e))), default=None), o.last_seen(ordered[-1])
    message = " ".join(str(ordered[-1].get("message", "")).split())
    attributes: dict[str, Any] = {
        "reason": reason,
        "message": excerpt(message),
        "count": sum(map(o.times_seen, events)),
        "pods": len({o.involved(e)[1] for e in events}),
    }
    times = (("first", first), ("last", last), ("over", over))
    attributes |= {name: rfc3339(at) for name, at in times if at is not None}
    return Observation(
        code="workload.earlier_pods_warned",
        subject=tree.subject,
        at=first,
        attributes=attributes,
        excerpt=excerpt(message),
    )
