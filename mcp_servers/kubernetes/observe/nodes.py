"""What nodes show: conditions that tell trouble, and what keeps new pods away."""

from __future__ import annotations

from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj

PRESSURES: Final = ("MemoryPressure", "DiskPressure", "PIDPressure")
_GOOD_WHEN_TRUE: Final = ("EtcdIsVoter",)  # beside all whose name ends with Ready


def observe(node: Obj, subject: Subject) -> list[Observation]:
    """Only what is wrong with a node. While it does not report, that nothing else is known is no more than that."""
    ready = o.condition(node, "Ready")
    found = []
    if ready and ready.get("status") != "True":
        found.append(_observed("node.not_ready", subject, ready, reason=str(ready.get("reason", ""))))
    for told in o.status(node).get("conditions") or []:
        type_, status = str(told.get("type") or ""), told.get("status")
        if type_ in ("", "Ready") or (status == "Unknown" and ready.get("status") == "Unknown"):
            continue
        if type_ in PRESSURES and status == "True":
            found.append(_observed("node.pressure", subject, told, condition=type_))
        elif status not in (_good(type_), None):
            found.append(_observed("node.condition", subject, told, condition=type_, status=str(status)))
    return found


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
