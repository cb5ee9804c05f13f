"""How a run ends: from every step by the one function below."""

from __future__ import annotations

from typing import Any, Literal, cast

from langgraph.types import Command

from sre_agent.domain.incident import Reason
from sre_agent.domain.run import Outcome
from sre_agent.graph.state import RunState
from sre_agent.graph.state_values import update


def end(
    reason: Reason, changes: RunState | None = None, *, goto: Literal["supervisor", "report"] = "supervisor"
) -> Command[Any]:
    """Ends the run for this reason, and keeps `changes`. Of all steps the supervisor alone goes on to the report: it
    is the only writer of `status` and `current_agent`."""
    outcome = Outcome.of(reason)
    fields = {**(changes or {}), **update(outcome=outcome)}
    if goto == "report":
        fields |= {"status": outcome.status, "current_agent": "report"}
    return Command(goto=goto, update=cast(dict[str, Any], fields))


def reopened() -> dict[str, Any]:
    """What the run forgets where it investigates on instead: its verdict, its plan and its end."""
    return {"diagnosis": None, "remediation_plan": None, "outcome": None, "status": "investigating"}
