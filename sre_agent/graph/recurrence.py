"""When the alarm of a confirmed incident comes again: what decided that one is looked at first.

The calls are made as they were made then. Where they show the same causes again, proven or as surely, and nothing
that was not so then, the rest is not read. Otherwise the whole investigation follows, from what the signal is about on,
as if nothing had been remembered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TypeVar

from sre_agent import incident_settings
from sre_agent.domain.base import IncidentId
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import EvidenceRequest
from sre_agent.domain.incident import Incident
from sre_agent.domain.past_incident import PastIncident, SeenBefore
from sre_agent.domain.record import content_digest
from sre_agent.domain.report import Report
from sre_agent.domain.run import RemediationPlan
from sre_agent.domain.signal import Signal
from sre_agent.entities import tiers
from sre_agent.errors import MemoryUnavailableError
from sre_agent.graph import state_values
from sre_agent.graph.context import Context
from sre_agent.graph.evidence import judge, ledger, weigh
from sre_agent.graph.state import RunState
from sre_agent.memory.deciding import deciding_calls, is_as_before, shows_again, signs_of
from sre_agent.memory.recall import Recall
from sre_agent.memory.remembering import past_incident

R = TypeVar("R")


def recall_of(context: Context) -> Recall:
    """What may be recalled in an incident: of the place that its settings lead to, and no other."""
    return Recall(context.store, context.settings.memory, incident_settings.place(context.settings))


def alarm_identity(incident: Incident, signals: Sequence[Signal], context: Context) -> str:
    """A digest of the alarm as it is defined now, and of all names that it leads to: with another threshold, or about
    another namespace, it is another alarm."""
    parts: list[object] = [incident.fingerprint]
    for signal in signals:
        parts.append(signal.alarm.model_dump(mode="json") if signal.alarm is not None else signal.fingerprint)
        parts.append([[repr(one) for one in tier] for tier in tiers(signal, context.entity_map)])
    return content_digest(parts)


async def confirmed_before(
    incident: Incident, signals: Sequence[Signal], alarm: str, state: RunState, context: Context
) -> PastIncident | None:
    """The confirmed incident that this one may be again; None where it has to be investigated from the start."""
    first = signals[0]
    if state.get("recurrence_over") or first.intent == "answer" or first.state == "resolved" or len(signals) > 1:
        return None
    past = await _confirmed_incident(incident, alarm, context)
    return past if past is not None and past.deciding_calls else None


async def confirmed_again(state: RunState, diagnosis: Diagnosis, context: Context) -> str:
    """The confirmed incident of this alarm whose causes all that was read shows again, with nothing abnormal that was
    not so then; empty for none. A chat model has nothing to find out where a person said that it was so."""
    incident = await context.store.incident(context.incident)
    if incident is None or diagnosis.verdict != "cause" or state.get("unsettled") or state.get("alarm_parts"):
        return ""
    past = await _confirmed_incident(incident, state.get("alarm_identity", ""), context)
    if past is None or not is_as_before(past, await ledger(context)):
        return ""
    return past.incident if shows_again(diagnosis, past.causes) else ""


async def _confirmed_incident(incident: Incident, alarm: str, context: Context) -> PastIncident | None:
    now = context.clock.now()
    past = recall_of(context).confirmed(incident, alarm=alarm, catalogue=context.catalogue.digest, now=now)
    return await _or_without_memory(past, None, context)


async def _or_without_memory(answer: Awaitable[R], otherwise: R, context: Context) -> R:
    """What memory answers; where it cannot be reached, that is said and the incident goes on as if there were none."""
    try:
        return await answer
    except MemoryUnavailableError as problem:
        context.progress.say("warning", context.incident, text=str(problem))
        return otherwise


async def past_of(state: RunState, context: Context) -> PastIncident | None:
    recurs = state.get("recurs", "")
    return await _or_without_memory(context.store.past_incident(IncidentId(recurs)), None, context) if recurs else None


async def is_proven_again(past: PastIncident, state: RunState, context: Context) -> bool:
    weighing = await weigh(state, context)
    return shows_again(weighing.diagnosis, past.causes) and is_as_before(past, await ledger(context))


def deciding_requests(past: PastIncident, context: Context) -> list[EvidenceRequest]:
    """The calls that decided then, as far as the specialists have such a tool today."""
    tools = {(name, tool) for name, specialist in context.roster.items() for tool in specialist.tool_names}
    return [
        EvidenceRequest(agent=call.agent, tool=call.tool, arguments=call.arguments)
        for call in past.deciding_calls
        if (call.agent, call.tool) in tools
    ]


async def seen_before(state: RunState, diagnosis: Diagnosis, context: Context) -> list[SeenBefore]:
    """The past incidents that this one is like, for people."""
    incident = await context.store.incident(context.incident)
    if incident is None or not context.settings.memory.memory_days:
        return []
    signs = sorted(signs_of(await ledger(context)))
    alarm = state.get("alarm_identity", "")
    past = recall_of(context).seen_before(incident, diagnosis, alarm=alarm, signs=signs, now=context.clock.now())
    return await _or_without_memory(past, [], context)


async def remember(state: RunState, incident: Incident, report: Report, context: Context) -> None:
    """Keep what a later incident may recall of this one. A question that wanted an answer is not remembered."""
    await _or_without_memory(_remember(state, incident, report, context), None, context)


async def _remember(state: RunState, incident: Incident, report: Report, context: Context) -> None:
    if state.get("intent") == "answer" or not context.settings.memory.memory_days:
        return
    evidence = await ledger(context)
    diagnosis = state_values.diagnosis(state)
    calls = (
        deciding_calls(diagnosis, evidence, lambda some: judge(state, some, context), context.catalogue)
        if diagnosis is not None
        else []
    )
    past = past_incident(
        incident,
        report,
        state_values.plan(state) or RemediationPlan(),
        evidence,
        place=incident_settings.place(context.settings),
        alarm=state.get("alarm_identity", ""),
        catalogue=context.catalogue.digest,
        deciding_calls=calls,
    )
    earlier = await context.store.past_incident(IncidentId(incident.reopens)) if incident.reopens else None
    if earlier is not None:
        await context.store.keep_past_incident(earlier.model_copy(update={"came_back": True}))
    recurrence_of = await past_of(state, context)
    if recurrence_of is not None and not calls:  # it read no more than what decided
        past = past.model_copy(update={"deciding_calls": recurrence_of.deciding_calls})
    await context.store.keep_past_incident(past)
