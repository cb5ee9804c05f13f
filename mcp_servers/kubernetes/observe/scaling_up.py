"""What node autoscalers say: why no node is added for a pod, and machines that never became nodes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.serving.windows import rfc3339

# Of the cluster autoscaler and of Karpenter, about a pod, a NodeClaim or their own status.
_REFUSALS: Final = ("NotTriggerScaleUp", "FailedScaleUp", "ScaleUpFailed", "InsufficientCapacityError", "LaunchFailed")
_AUTOSCALERS: Final = ("cluster-autoscaler", "karpenter")
_NOT_JOINED: Final = ("ScaleUpTimedOut", "FailedRegistration", "RegistrationFailed", "NodeNotRegistered")
_WHY: Final = (
    ("cloud_capacity", re.compile(r"Insufficient(?:Instance| )?Capacity|\bICE\b", re.I)),
    ("cloud_quota", re.compile(r"VcpuLimitExceeded|LimitExceeded|quota", re.I)),
    ("maximum", re.compile(r"max (?:node group )?size|max (?:cluster )?(?:cpu|memory)|exceed\w* limits?", re.I)),
    ("no_fit", re.compile(r"incompatible with|didn't match|no instance type|Insufficient |untolerated|affinity", re.I)),
)
_GROUP: Final = re.compile(r"(?:group|nodegroup|node group) ([\w.:/-]+)")


def scale_up_refusals(subject: Subject, events: Sequence[Obj]) -> Iterator[Observation]:
    """The newest word of an autoscaler that it adds no node for this pod; nothing once one was added."""
    autoscaler_events = [e for e in events if by_autoscaler(e)]
    if autoscaler_events and autoscaler_events[-1].get("reason") != "TriggeredScaleUp":
        message = str(autoscaler_events[-1].get("message", ""))
        attributes = {"by": _by(autoscaler_events[-1]), "why": _why(message), "message": excerpt(message)}
        yield Observation(
            code="pod.scale_up_refused", subject=subject, at=o.first_seen(autoscaler_events[-1]), attributes=attributes,
            excerpt=excerpt(message),
        )  # fmt: skip


def by_autoscaler(event: Obj) -> bool:
    """Whether an autoscaler says of a pod that it gets, or does not get, a node."""
    reason = event.get("reason")
    return reason in (*_REFUSALS, "TriggeredScaleUp") or (reason == "FailedScheduling" and _by(event) == "karpenter")


def not_joined(scope: str, events: Iterable[Obj]) -> Iterator[Observation]:
    """Machines that an autoscaler started and that did not register as nodes in time, by group."""
    by_machine: dict[str, list[Obj]] = {}
    for event in events:
        if event.get("reason") in _NOT_JOINED:
            match = _GROUP.search(str(event.get("message", "")))
            by_machine.setdefault(match[1] if match else o.involved(event)[1], []).append(event)
    for name, machine_events in sorted(by_machine.items()):
        last = max(machine_events, key=lambda e: str(o.last_seen(e) or ""))
        message = str(last.get("message", ""))
        attributes: dict[str, Any] = {"by": _by(last), "message": excerpt(message)}
        attributes["count"] = sum(o.times_seen(e) for e in machine_events)
        times = {"first": min(filter(None, map(o.first_seen, machine_events)), default=None), "last": o.last_seen(last)}
        attributes |= {key: rfc3339(at) for key, at in times.items() if at is not None}
        yield Observation(
            code="node.not_joined", subject=Subject(scope=scope, kind="NodeGroup", name=name), at=times["first"],
            attributes=attributes, excerpt=excerpt(message),
        )  # fmt: skip


def _why(message: str) -> str:
    return next((name for name, words in _WHY if words.search(message)), "failed")


def _by(event: Obj) -> str:
    component = str((event.get("source") or {}).get("component") or event.get("reportingComponent") or "")
    return next((name for name in _AUTOSCALERS if name in component), component)
