"""What may be read of a time that is over: windows of logs and metrics, and how things are named.

The state of a cluster is kept by nobody. What holds now is no evidence of then, so it is left out and told as a gap.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from mcp_servers.contract.facts import Answer
from mcp_servers.contract.refusals import Refusal

DEFINITIONS: Final = frozenset({"kubectl_find", "find_resources", "list_alarms", "describe_alarm"})
WINDOW: Final = timedelta(hours=1)
NOT_HELD: Final = "{tool} tells how it is now; how it was then is not held any more."


def refusal_of(tool: str, arguments: dict[str, Any]) -> Refusal | None:
    """None for a call that tells of then: of a moment or a window that it names, or of what things are called."""
    if tool in DEFINITIONS or arguments.get("at") or (arguments.get("start") and arguments.get("end")):
        return None
    return Refusal(kind="unavailable", code="not_configured", asked=tool, wrong=NOT_HELD.format(tool=tool))


def within_then(properties: Collection[str], arguments: dict[str, Any], then: datetime) -> dict[str, Any]:
    """The arguments with the window, or the moment, that the tool takes and that nobody named: before then."""
    if {"start", "end"} <= {*properties} and not arguments.get("end"):
        return {**arguments, "start": arguments.get("start") or (then - WINDOW).isoformat(), "end": then.isoformat()}
    if "at" in properties and not arguments.get("at"):
        return {**arguments, "at": then.isoformat()}
    return arguments


def as_of_then(tool: str, answer: Answer, then: datetime) -> Answer:
    """The answer as of the end of its window; of names and definitions without what is observed of them now."""
    update: dict[str, Any] = {"as_of": then}
    if tool in DEFINITIONS:
        update["observations"] = []
    return answer.model_copy(update=update)
