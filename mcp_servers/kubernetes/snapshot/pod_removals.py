"""Why a pod was taken off its node, by its status or an event: the words of the kubelet, the scheduler, the API."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree, removed_workload
from mcp_servers.serving.windows import rfc3339

_REMOVES: Final = re.compile(r"^(?!Fail|Not)\w*(?:Evicted|Eviction|Preempted)")  # whoever it is that takes them away
_BY_CONDITION: Final = {
    "PreemptionByScheduler": "preempted",
    "PreemptionByKubeScheduler": "preempted",
    "DeletionByTaintManager": "taint",
    "EvictionByEvictionAPI": "drained",
}
_WORDS: Final = (
    ("preempted", re.compile(r"^Preempt|preempted by|preempted in order to", re.I)),
    ("local_storage", re.compile(r"exceeds the (?:total )?limit|exceeded its local ephemeral storage", re.I)),
    ("node_low", re.compile(r"low on resource|had condition: \[", re.I)),
    ("taint", re.compile(r"taint", re.I)),
    ("shutdown", re.compile(r"shutdown|shutting down", re.I)),
    ("drained", re.compile(r"eviction api|evicted by", re.I)),
)
_RESOURCE: Final = re.compile(r"low on resource: ([\w.-]+)|had condition: \[([\w, ]+)\]|(EmptyDir|ephemeral)", re.I)
_USING: Final = re.compile(r"Container ([\w.-]+) was using (\w+)")
_VOLUME: Final = re.compile(r"EmptyDir volume \"([^\"]+)\"")


def is_removal(event: Obj) -> bool:
    """Whether it says that its pod was taken away."""
    return _REMOVES.match(str(event.get("reason", ""))) is not None


def why(message: str, reason: str = "", condition: str = "") -> dict[str, Any]:
    """Attributes of `pod.evicted`; `reason` of the status or event, `condition` the reason of DisruptionTarget."""
    text = f"{reason} {message}".strip()
    kind = _BY_CONDITION.get(condition) or next((name for name, words in _WORDS if words.search(text)), "unknown")
    short, using = _RESOURCE.search(message), _USING.search(message)
    resource = (short[1] or short[2] or "ephemeral-storage").rstrip(".") if short else ""
    return {
        "message": excerpt(message),
        "why": kind,
        "resource": resource,
        "container": using[1] if using else "",
        "using": using[2] if using else "",
    }


def pod_removals(tree: WorkloadTree) -> list[Observation]:
    """Pods of the workload that are gone and were taken away, by their events: one observation for each reason."""
    there = {o.name(p) for p in tree.pods}
    by_reason: dict[str, list[Obj]] = {}
    for event in tree.lists.once(_by_workload).get(id(tree.root), []):
        if o.involved(event)[1] not in there:
            cause = why(str(event.get("message", "")), str(event["reason"]))["why"]
            by_reason.setdefault(cause, []).append(event)
    return [_removal(tree, removal_cause, events) for removal_cause, events in sorted(by_reason.items())]


def _by_workload(lists: Lists) -> dict[int, list[Obj]]:
    """The events of pods that were taken away, by the identity of the workload that their names lead to."""
    removals: dict[int, list[Obj]] = {}
    for event in lists.of("Event"):
        kind, name = o.involved(event)
        if kind == "Pod" and is_removal(event):
            removals.setdefault(id(removed_workload(name, lists)), []).append(event)
    return removals


def _removal(tree: WorkloadTree, cause: str, events: Iterable[Obj]) -> Observation:
    ordered = sorted(events, key=lambda e: str(o.last_seen(e) or ""))
    first, last = o.first_seen(ordered[0]), o.last_seen(ordered[-1])
    message = str(ordered[-1].get("message", ""))
    attributes: dict[str, Any] = {
        "why": cause,
        "message": excerpt(message),
        "count": len({o.involved(e)[1] for e in ordered}),
    }
    attributes |= {name: rfc3339(at) for name, at in (("first", first), ("last", last)) if at is not None}
    return Observation(
        code="workload.pods_removed", subject=tree.subject, at=first, attributes=attributes,
        excerpt=excerpt(message),
    )  # fmt: skip
