"""What could not be told for a while: a run asks for it again later, and at once where it is taken up by a process.

A transient failure is no evidence, so that nothing may rest on it: a verdict that was reached meanwhile is reached
anew. Nor may an end: that no cause was found, or that nothing is safe to do, is said only where nothing is missing that
a later try may bring. What stays away to the last ends the run with `tools_unavailable`. What has led to a write is not
opened again; from there on the live system itself is watched.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Final

from langgraph.types import Command, Send

from sre_agent.domain.finding import Evidence, EvidenceRequest
from sre_agent.domain.incident import Reason
from sre_agent.graph import state_values
from sre_agent.graph.context import Context
from sre_agent.graph.ending import end, reopened
from sre_agent.graph.evidence import VERIFIER, ledger
from sre_agent.graph.state import RunState

FOUND_NOTHING: Final = frozenset[Reason]({"inconclusive", "no_safe_action"})  # ends that more evidence might change


async def end_or_retry(reason: Reason, state: RunState, context: Context) -> Command[Any]:
    """The run goes on to its report for this reason; or it asks again for what the reason may be for want of."""
    away = [item for item in await ledger(context) if item.is_transient] if reason in FOUND_NOTHING else []
    if not away:
        return end(reason, goto="report")
    if not state.get("remediations") and await context.toolbox.budget_left(context.incident):
        failures = await context.toolbox.transient_failures(context.incident)
        if failures or await context.toolbox.waited_for(context.incident, away):
            return await _anew(failures or away, context)
    return end("tools_unavailable", goto="report")


async def asked_again(state: RunState, context: Context) -> Command[Hashable] | None:
    """Back to the step that asked; None where nothing was missed, or it is too late for it."""
    actions = state.get("remediations") or state.get("remediation_plan")
    if actions or await context.toolbox.budget_left(context.incident) == 0:
        return None
    failures = await _open_failures(state, context)
    return await _anew(failures, context) if failures else None


async def _anew(failures: list[Evidence], context: Context) -> Command[Hashable]:
    """Back to the step that asked for it, as if nothing had been concluded yet."""
    anew = reopened()
    if any(item.round == 0 for item in failures):  # what the signal is about was not settled
        return Command(goto="intake", update={**anew, "current_agent": "intake"})
    sends = [await _send(agent, round_, context) for agent, round_ in sorted({(e.agent, e.round) for e in failures})]
    return Command(goto=sends, update={**anew, "current_agent": ", ".join(send.node for send in sends)})


async def _open_failures(state: RunState, context: Context) -> list[Evidence]:
    """The records to ask for again. What this process was not told itself needs a pause, and no sure cause yet."""
    failures = [item for item in await context.toolbox.transient_failures(context.incident) if item.agent != VERIFIER]
    if failures:
        return failures
    away = [item for item in await ledger(context) if item.is_transient]
    diagnosis = state_values.diagnosis(state)
    is_sure = diagnosis is not None and diagnosis.to_mend
    return away if not is_sure and await context.toolbox.waited_for(context.incident, away) else []


async def _send(agent: str, round_: int, context: Context) -> Send:
    """Everything that the specialist asked in that round: what was answered is in the ledger and costs nothing."""
    ledger = await context.store.ledger(context.incident)
    requests = [
        _request(item).model_dump(mode="json") for item in ledger if (item.agent, item.round) == (agent, round_)
    ]
    none = {"question": "", "briefing": "", "turns": 0, "calls": 0}
    return Send(agent, {"incident_id": context.incident, "round": round_, "requests": requests, **none})


def _request(item: Evidence) -> EvidenceRequest:
    return EvidenceRequest(agent=item.agent, tool=item.tool, arguments=item.arguments)
