"""What nodes show: conditions that tell trouble, and what keeps new pods away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.serving.windows import rfc3339

PRESSURES: Final = ("MemoryPressure", "DiskPressure", "PIDPressure")
_GOOD_WHEN_TRUE: Final = ("EtcdIsVoter",)  # beside all whose name ends with Ready
JOINING: Final = timedelta(minutes=15)  # a node that is new becomes ready within


def observe(node: Obj, subject: Subject, events: Sequence[Obj] = ()) -> list[Observation]:
    """Only what is, or was, wrong with a node. While it does not report, that nothing else is known is no more than
    that."""
    ready = o.condition(node, "Ready")
    observations = []
    if ready and ready.get("status") != "True":
        observations.append(_observation("node.not_ready", subject, ready, reason=str(ready.get("reason", ""))))
    observations += _was_not_ready(node, subject, ready, events)
    for condition in o.status(node).get("conditions") or []:
        type_, status = str(condition.get("type") or ""), condition.get("status")
        if type_ in ("", "Ready") or (status == "Unknown" and ready.get("status") == "Unknown"):
            continue
        if type_ in PRESSURES and status == "True":
            observations.append(_observation("node.pressure", subject, condition, condition=type_))
        elif status not in (_good(type_), None):
            observations.append(_observation("node.condition", subject, condition, condition=type_, status=str(status)))
    return observations


def _was_not_ready(node: Obj, subject: Subject, ready: Obj, events: Sequence[Obj]) -> list[Observation]:
    """That it came back: its condition turned long after it had joined, or its controller's event says since when."""
    changed_at, created_at = o.instant(ready.get("lastTransitionTime")), o.created_at(node)
    outages = [e for e in events if e.get("reason") == "NodeNotReady"]
    if ready.get("status") == "False" or ready.get("status") == "Unknown" or not (outages or changed_at):
        return []
    last = max((t for e in outages if (t := o.last_seen(e))), default=None)
    if not outages and (changed_at is None or created_at is None or changed_at - created_at < JOINING):
        return []
    until = changed_at if changed_at and (last is None or changed_at >= last) else last
    if until is None:
        return []
    message = excerpt(str(outages[-1].get("message") or "")) if outages else ""
    times = (("until", until), ("since", last if last != until else None))
    attributes: dict[str, Any] = {name: rfc3339(at) for name, at in times if at is not None}
    return [
        Observation(
            code="node.was_not_ready",
            subject=subject,
            at=last or until,
            attributes=attributes | {"message": message},
            excerpt=message,
        )
    ]


def _good(type_: str) -> str:
    return "True" if type_.endswith("Ready") or type_ in _GOOD_WHEN_TRUE else "False"


def _observation(code: str, subject: Subject, entry: Obj, **attributes: Any) -> Observation:
    message = excerpt(str(entry.get("message") or ""))
    return Observation(
        code=code,
        subject=subject,
        at=o.instant(entry.get("lastTransitionTime")),
        attributes={**attributes, "message": message},
        excerpt=message,
    )
