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
    found = []
    if ready and ready.get("status") != "True":
        found.append(_observed("node.not_ready", subject, ready, reason=str(ready.get("reason", ""))))
    found += _was_not_ready(node, subject, ready, events)
    for told in o.status(node).get("conditions") or []:
        type_, status = str(told.get("type") or ""), told.get("status")
        if type_ in ("", "Ready") or (status == "Unknown" and ready.get("status") == "Unknown"):
            continue
        if type_ in PRESSURES and status == "True":
            found.append(_observed("node.pressure", subject, told, condition=type_))
        elif status not in (_good(type_), None):
            found.append(_observed("node.condition", subject, told, condition=type_, status=str(status)))
    return found


def _was_not_ready(node: Obj, subject: Subject, ready: Obj, events: Sequence[Obj]) -> list[Observation]:
    """That it came back: its condition turned long after it had joined, or its controller's event says since when."""
    turned, made = o.instant(ready.get("lastTransitionTime")), o.created_at(node)
    lost = [e for e in events if e.get("reason") == "NodeNotReady"]
    if ready.get("status") == "False" or ready.get("status") == "Unknown" or not (lost or turned):
        return []
    last = max((t for e in lost if (t := o.last_seen(e))), default=None)
    if not lost and (turned is None or made is None or turned - made < JOINING):
        return []
    until = turned if turned and (last is None or turned >= last) else last
    if until is None:
        return []
    message = excerpt(str(lost[-1].get("message") or "")) if lost else ""
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


def _observed(code: str, subject: Subject, told: Obj, **attributes: Any) -> Observation:
    message = excerpt(str(told.get("message") or ""))
    return Observation(
        code=code,
        subject=subject,
        at=o.instant(told.get("lastTransitionTime")),
        attributes={**attributes, "message": message},
        excerpt=message,
    )
