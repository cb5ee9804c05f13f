"""What could not be told for a while: a run asks for it again later, and at once where it is taken up by a process.

A transient failure is no evidence, so that nothing may rest on it: a verdict that was reached meanwhile is reached
anew. What has led to a write is not opened again; from there on the live system itself is watched.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from langgraph.types import Command, Send

from sre_agent.domain.finding import Evidence, EvidenceRequest
from sre_agent.graph import state_values
from sre_agent.graph.context import Context
from sre_agent.graph.evidence import VERIFIER, ledger
from sre_agent.graph.state import RunState


async def asked_again(state: RunState, context: Context) -> Command[Hashable] | None:
    """Back to the step that asked; None where nothing was missed, or it is too late for it."""
    acted = state.get("remediations") or state.get("remediation_plan")
    if acted or await context.toolbox.budget_left(context.incident) == 0:
        return None
    missed = await _missed(state, context)
    if not missed:
        return None
    anew: dict[str, Any] = {"diagnosis": None, "status": "investigating"}
    if any(item.round == 0 for item in missed):  # what the signal is about was not settled
        return Command(goto="intake", update={**anew, "current_agent": "intake"})
    sends = [await _send(agent, round_, context) for agent, round_ in sorted({(e.agent, e.round) for e in missed})]
    return Command(goto=sends, update={**anew, "current_agent": ", ".join(send.node for send in sends)})


async def _missed(state: RunState, context: Context) -> list[Evidence]:
    """The records to ask for again. What this process was not told itself needs a pause, and no sure cause yet."""
    missed = [item for item in await context.toolbox.transient_failures(context.incident) if item.agent != VERIFIER]
    if missed:
        return missed
    away = [item for item in await ledger(context) if item.is_transient]
    known = state_values.diagnosis(state)
    is_sure = known is not None and known.to_mend
    return away if not is_sure and await context.toolbox.waited_for(context.incident, away) else []


async def _send(agent: str, round_: int, context: Context) -> Send:
    """Everything that the specialist asked in that round: what was answered is in the ledger and costs nothing."""
    known = await context.store.ledger(context.incident)
    requests = [_request(item).model_dump(mode="json") for item in known if (item.agent, item.round) == (agent, round_)]
    none = {"question": "", "briefing": "", "turns": 0, "calls": 0}
    return Send(agent, {"incident_id": context.incident, "round": round_, "requests": requests, **none})


def _request(item: Evidence) -> EvidenceRequest:
    return EvidenceRequest(agent=item.agent, tool=item.tool, arguments=item.arguments)
