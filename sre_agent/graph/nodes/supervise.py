"""The supervisor: who is asked next, and when it is enough. The only writer of `current_agent` and `status`.

First round: the roster's opening calls for what the signal is about. Later rounds: what the engine says would decide
between the hypotheses. Where nothing would and no verdict is sure, a chat model may route questions to specialists. It
stops when nothing is left to ask, or when rounds or calls are used up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import Command, Send

from mcp_servers.contract.calls import digest
from mcp_servers.contract.facts import Subject
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import EvidenceRequest
from sre_agent.domain.signal import AlarmRef
from sre_agent.graph import recurrence, state_values
from sre_agent.graph.classes import known_classes
from sre_agent.graph.context import Context
from sre_agent.graph.ending import end
from sre_agent.graph.evidence import everything_failed, ledger, weigh
from sre_agent.graph.offers import offers
from sre_agent.graph.retries import asked_again, end_or_retry
from sre_agent.graph.routing import rounds_of, route
from sre_agent.graph.state import RunState

FINDABLE = ("Node", "Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Pod")
SUBJECT_LIMIT = 3  # subjects that a signal without any is given
Next = Literal["kubernetes", "metrics", "logs", "runbooks", "diagnose", "plan", "report"]


async def supervise(state: RunState, runtime: Runtime[Context]) -> Command[Hashable]:
    context = runtime.context
    outcome, diagnosis = state_values.outcome(state), state_values.diagnosis(state)
    if outcome is not None:
        return await end_or_retry(outcome.reason, state, context)
    if (again := await asked_again(state, context)) is not None:
        return again
    if diagnosis is not None:
        return await _after_diagnosis(diagnosis, state, context)
    if state.get("round", 0) and not state.get("subjects") and not state.get("unsettled"):
        state = {**state, "subjects": await _places_in_trouble(context), "pointed": bool(state.get("routed"))}
    update: dict[str, Any] = {"status": "investigating", "subjects": state.get("subjects", [])}
    update |= {"pointed": True} if state.get("pointed") else {}
    past = await recurrence.past_of(state, context)
    requests = list[EvidenceRequest]()
    if past is not None and not state.get("round", 0):
        requests = recurrence.deciding_requests(past, context)
    if past is not None and not requests:
        if not await recurrence.is_proven_again(past, state, context):
            anew = {"recurs": "", "recurrence_over": True, "current_agent": "intake"}
            return Command(goto="intake", update=anew)
        return Command(goto="diagnose", update={**update, "current_agent": "diagnose"})
    if past is None:
        requests = await _requests(state, context)
    if requests:
        round_ = state.get("round", 0) + 1
        update["round"], sends = round_, _sends(requests, round_, context)
    else:
        routing, sends = await route(state, context)
        update |= routing
    if not sends:
        return Command(goto="diagnose", update={**update, "current_agent": "diagnose"})
    return Command(goto=sends, update={**update, "current_agent": ", ".join(send.node for send in sends)})


def _sends(requests: Sequence[EvidenceRequest], round_: int, context: Context) -> list[Send]:
    """One for each specialist, with the calls that it is to make."""
    by_agent: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for request in requests:
        by_agent[request.agent].append(request.model_dump(mode="json"))
    none = {"question": "", "briefing": "", "turns": 0, "calls": 0}
    return [
        Send(agent, {"incident_id": context.incident, "round": round_, "requests": agent_requests, **none})
        for agent, agent_requests in sorted(by_agent.items())
    ]


async def _places_in_trouble(context: Context) -> list[str]:
    """For a signal that names nothing that exists: what the opening calls found to be wrong, of what runs or is run on.

    An alarm about a whole cluster is about its nodes, and says which only when they are asked.
    """
    subjects = [s for s in context.engine.subjects_in_trouble(await ledger(context)) if s.kind in FINDABLE][
        :SUBJECT_LIMIT
    ]
    if subjects:
        await context.store.update(context.incident, context.epoch, subjects=[s.model_dump() for s in subjects])
    return [str(subject) for subject in subjects]


async def _requests(state: RunState, context: Context) -> list[EvidenceRequest]:
    """What to ask in the next round; nothing when it is enough."""
    left = await context.toolbox.budget_left(context.incident)
    rounds = state.get("round", 0) - rounds_of(state_values.routed_questions(state))
    if rounds >= context.settings.investigation.rounds or left == 0:
        return []
    requests = opening(state, context) if state.get("round", 0) == 0 else []
    if not requests:
        requests = (await weigh(state, context, budget_left=left)).follow_ups
    digests = {digest(e.tool, e.arguments) for e in await context.store.ledger(context.incident)}
    fresh = {digest(r.tool, r.arguments): r for r in requests if r.agent in context.roster}
    return [request for key, request in fresh.items() if key not in digests][:left]


def opening(state: RunState, context: Context) -> list[EvidenceRequest]:
    """The opening calls of the whole roster for the subjects and the alarm of this incident."""
    start, end = state["window"]
    alarm = AlarmRef.model_validate(state["alarm"]) if state.get("alarm") else None
    parts = [AlarmRef.model_validate(one) for one in state.get("alarm_parts", [])]
    requests: list[EvidenceRequest] = []
    for name, specialist in context.roster.items():
        for call in specialist.opening:
            about: list[Subject | AlarmRef] = []
            if call.each == "alarm":
                about = [alarm, *parts] if alarm is not None else []
            else:
                subjects = [Subject.model_validate(text) for text in state.get("subjects", [])]
                about = [s for s in subjects if not call.kinds or s.kind in call.kinds]
            for one in about:
                arguments = call.call({"alarm": alarm, call.each: one, "start": start, "end": end})
                if arguments is not None:
                    requests.append(EvidenceRequest(agent=name, tool=call.tool, arguments=arguments))
    return requests


async def _after_diagnosis(diagnosis: Diagnosis, state: RunState, context: Context) -> Command[Hashable]:
    update: dict[str, Any] = {"status": "diagnosed", "current_agent": "plan"}
    if state.get("intent") == "answer":
        evidence, severity = await ledger(context), state.get("severity", "SEV3")
        could = offers(
            diagnosis,
            evidence,
            known_classes(state, context),
            context.policy,
            severity=severity,
            now=context.clock.now(),
        )
        return end("answered", state_values.update(remediation_plan=could), goto="report")
    if diagnosis.to_mend and not state.get("said_well"):
        return Command(goto="plan", update=update)
    if diagnosis.verdict == "cause":
        return await end_or_retry("no_safe_action", state, context)
    if diagnosis.verdict == "no_fault" or diagnosis.verdict == "recovered":
        return end(diagnosis.verdict, goto="report")
    if await everything_failed(context):
        return end("tools_unavailable", goto="report")
    if await context.toolbox.budget_left(context.incident) == 0:
        return end("budget_exhausted", goto="report")
    return await end_or_retry("inconclusive", state, context)
