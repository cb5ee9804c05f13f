"""What is kept of a run, read from outside of it: what it proposes, and its report where it cannot write one itself.

What a checkpoint holds is plain data, but anybody's who could write the row; nouns are read from it with care.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import structlog
from langgraph.types import StateSnapshot

from sre_agent import reports
from sre_agent.checkpoint.fence import ODD, ODD_FORM, UNTRUSTED
from sre_agent.domain.action import Action
from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident, Reason, Status
from sre_agent.domain.report import Report
from sre_agent.domain.run import Outcome
from sre_agent.domain.signal import Signal
from sre_agent.errors import CheckpointError
from sre_agent.graph import state_values
from sre_agent.graph.build import Graph
from sre_agent.graph.nodes.report import result_of

UNKNOWN: Final = "{ended}: the steps of this run cannot be read, so it is not known whether anything was changed."
LOG = structlog.get_logger("sre_agent.graph")


async def kept_state(graph: Graph, incident: str) -> StateSnapshot:
    """What is kept of the run. Raises CheckpointError."""
    try:
        return await graph.aget_state({"configurable": {"thread_id": incident}})
    except ODD as problem:
        raise CheckpointError(UNTRUSTED.format(incident=incident, why=ODD_FORM)) from problem


async def proposed(graph: Graph, incident: str) -> Action | None:
    """The action that the run stands at, or came to last. Raises CheckpointError."""
    try:
        snapshot = await graph.aget_state({"configurable": {"thread_id": incident}})
        plan = state_values.plan(snapshot.values)
        return plan.action if plan is not None else None
    except ODD as problem:
        raise CheckpointError(UNTRUSTED.format(incident=incident, why=ODD_FORM)) from problem


async def report_so_far(
    graph: Graph,
    incident: Incident,
    *,
    status: Status,
    reason: Reason,
    ledger: Sequence[Evidence],
    now: datetime,
    why: str,
    attached: Sequence[tuple[Signal, str]] = (),
) -> Report:
    """The report of a run as far as it came; of one whose steps cannot be read, what ledger and incident hold."""
    outcome = Outcome(status=status, reason=reason)

    def build_report(values: Mapping[str, Any]) -> Report:
        return reports.build(
            result_of(values, incident, outcome, ledger=ledger, now=now, otherwise=why, attached=attached)
        )

    try:
        snapshot = await graph.aget_state({"configurable": {"thread_id": incident.id}})
        return build_report(snapshot.values)
    except (CheckpointError, *ODD) as problem:
        LOG.warning("unreadable", incident_id=incident.id, action="close", status="broken", error=str(problem))
        unknown = UNKNOWN.format(ended=f"{status.capitalize()} ({reason.replace('_', ' ')})")
        return build_report({}).model_copy(update={"verdict": unknown})
