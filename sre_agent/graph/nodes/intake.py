"""What the signal is about: names become subjects that exist, and what stays unclear becomes a visible gap."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from langgraph.runtime import Runtime

from mcp_servers.contract.facts import Subject
from sre_agent import entities
from sre_agent.domain.finding import Evidence
from sre_agent.domain.signal import DESCRIPTION, AlarmRef, Signal
from sre_agent.entities import AbsentEntity, ResolvedEntity, UnavailableEntity, Unmet
from sre_agent.errors import PermanentError
from sre_agent.graph import recurrence
from sre_agent.graph.context import Context
from sre_agent.graph.state import RunState
from sre_agent.reports.lookups import sentence

BEFORE_ALARM = timedelta(minutes=30)  # what was usual has to be longer than what is not
CANDIDATES = 4
HOSTS = 2  # of a signal that also names a workload
ROUTE = "Ingress"
IN_AWS = "find_resources"
TRIAGE = "kubectl_triage"


async def intake(state: RunState, runtime: Runtime[Context]) -> RunState:
    """Subjects, the alarm to ask for, and the window to look at."""
    context = runtime.context
    incident = await context.store.incident(context.incident)
    if incident is None:
        raise PermanentError(f"There is no incident {context.incident}.")
    signal, parts = await _complete(incident.signals[0], context)
    now = context.clock.now()
    started = min(signal.started_at or now, now)
    alarm = recurrence.alarm_identity(incident, parts or [signal], context)
    past = await recurrence.confirmed_before(incident, parts or [signal], alarm, state, context)
    if past is not None:  # these names led to them then; what is read first says whether they are still there
        subjects, gaps, is_unsettled = past.subjects, list[str](), False
    else:
        subjects, gaps, is_unsettled = await _subjects_of_all(parts or [signal], context)
    await context.store.update(incident.id, context.epoch, subjects=[s.model_dump() for s in subjects])
    for subject in subjects:
        context.progress.say("subject.resolved", incident.id, subject.short)
    return {
        "incident_id": incident.id,
        "incident_description": ". ".join(filter(None, (signal.title, signal.description))),
        "intent": signal.intent,
        "said_well": signal.state == "resolved",
        "severity": signal.severity or incident.severity,
        "subjects": [str(s) for s in subjects],
        "alarm_claims": [
            claim.model_dump(mode="json") for part in parts or [signal] for claim in entities.claims(part)
        ],
        "alarm": signal.alarm.model_dump(mode="json") if signal.alarm else None,
        "alarm_parts": [part.alarm.model_dump(mode="json") for part in parts if part.alarm],
        "started_at": started.isoformat(),
        "window": [_rfc3339(_start(started, now, context)), _rfc3339(now)],
        "gaps": gaps,
        "unsettled": is_unsettled,
        "alarm_identity": alarm,
        "recurs": past.incident if past is not None else "",
        "is_description": any(hint.said_in == DESCRIPTION for hint in signal.hints),
        "round": 0,
    }


async def _complete(signal: Signal, context: Context) -> tuple[Signal, list[Signal]]:
    """The signal with what its alarm measures, where it names an alarm and no more than that. Of a composite alarm also
    a signal for each alarm of its rule that is on, or that made it go off: it is about what these are about."""
    alarm = signal.alarm
    if alarm is None or alarm.kept_by != "cloudwatch" or alarm.metric:
        return signal, []
    specialist = context.roster["metrics"]
    evidence = await context.toolbox.ask(
        context.incident,
        0,
        specialist.name,
        specialist.server_of("describe_alarm"),
        "describe_alarm",
        {"name": alarm.name},
    )
    alarm_data: dict[str, Any] = evidence.answer.data.get("alarm", {}) if evidence.answer else {}
    fields = {name: alarm_data[name] for name in AlarmRef.model_fields if name in alarm_data and name != "composite"}
    children: list[dict[str, Any]] = evidence.answer.data.get("children", []) if evidence.answer else []
    measured = [one for one in children if one.get("metric")]
    on = [one for one in measured if one["holds"] and one.get("state") == "ALARM"]
    telling = on or [one for one in measured if one["name"] in alarm.children]
    return (
        signal.model_copy(update={"alarm": AlarmRef(**{**alarm.model_dump(), **fields, "composite": bool(children)})}),
        [signal.model_copy(update={"alarm": _part(one)}) for one in telling[:CANDIDATES]],
    )


def _part(child: dict[str, Any]) -> AlarmRef:
    return AlarmRef(kept_by="cloudwatch", **{name: child[name] for name in AlarmRef.model_fields if name in child})


async def _subjects_of_all(signals: Sequence[Signal], context: Context) -> tuple[list[Subject], list[str], bool]:
    """As `_subjects`, of several signals that are one alarm: what any of them names."""
    results = [await _subjects(one, context) for one in signals]
    subjects = list(dict.fromkeys(subject for some, _, _ in results for subject in some))
    gaps = [gap for some, gaps, _ in results if some or not subjects for gap in gaps]
    return subjects, list(dict.fromkeys(gaps)), not subjects and any(is_unsettled for _, _, is_unsettled in results)


async def _subjects(signal: Signal, context: Context) -> tuple[list[Subject], list[str], bool]:
    """The subjects that exist among what the signal names, best first, a sentence for each name that does not, and
    whether the signal names a thing and none of its names could be settled: then no neighbour stands for it."""
    subjects: list[Subject] = []
    gaps: list[Unmet] = []
    is_named = False  # a thing that is named and not there is not looked for in its neighbours
    for tier in entities.tiers(signal, context.entity_map):
        last = bool(tier) and (tier[0].measures or tier[0].kind == entities.NAMESPACE)
        if not tier or (last and is_named):
            continue
        matches, unclear = await _existing(tier, context)
        is_named = is_named or (not last and any(one.sure == "named" and one.name != one.namespace for one in tier))
        subjects, gaps = matches, gaps + unclear
        if subjects and all(one.kind == entities.NAMESPACE for one in subjects):  # all that is in it is meant
            results = [await _in_trouble(place, context) for place in subjects]
            places = subjects if any(claim.is_beyond_pods for claim in entities.claims(signal)) else []
            subjects = list(dict.fromkeys([*(one for some, _ in results for one in some), *places]))
            gaps += [gap for _, unread in results for gap in unread]
        if subjects:
            break
    if subjects and any(claim.is_beyond_pods for claim in entities.claims(signal)):
        subjects = list(dict.fromkeys([*subjects, *await _entrances(signal, context)]))
    if not (subjects or gaps):
        gaps.append(AbsentEntity(says="The signal names no workload, table or other thing that could be looked at."))
    if subjects:  # a name that led nowhere matters only when no other did
        gaps = [gap for gap in gaps if isinstance(gap, UnavailableEntity)]
    sentences = list(dict.fromkeys(text for gap in gaps if (text := sentence(gap))))
    return subjects, sentences, is_named and not subjects


async def _entrances(signal: Signal, context: Context) -> list[Subject]:
    """The Ingresses that route the hosts in its words: requests that fail there have passed them first."""
    candidates = [one.model_copy(update={"kinds": [ROUTE]}) for one in entities.hosts(signal)[:HOSTS]]
    subjects, _ = await _settle(candidates, context)
    return [subject for subject in subjects if subject.kind == ROUTE]


async def _existing(
    candidates: Sequence[entities.EntityCandidate], context: Context
) -> tuple[list[Subject], list[Unmet]]:
    """What exists of one tier of candidates; ordinary words are looked up only where the others led nowhere."""
    subjects, gaps = await _settle([one for one in candidates if one.sure != "word"][:CANDIDATES], context)
    if not subjects:
        subjects, unclear = await _settle([one for one in candidates if one.sure == "word"], context)
        gaps += unclear
    return subjects, gaps


async def _in_trouble(place: Subject, context: Context) -> tuple[list[Subject], list[Unmet]]:
    """What is unhealthy in a namespace that is all that the signal names, the worst first; where nothing is seen to be,
    the namespace itself."""
    evidence = await _ask("kubernetes", TRIAGE, {"namespace": place.name}, context)
    if evidence.refusal is not None:
        return [], [UnavailableEntity(evidence.refusal)]
    subjects = [one for one in context.engine.subjects_in_trouble([evidence]) if _is_of(one, place.name)]
    subjects = [
        one for one in subjects if one.kind == entities.NAMESPACE
    ] or subjects  # it is named, and in trouble itself
    return subjects[:CANDIDATES] or [place], []


def _is_of(subject: Subject, namespace: str) -> bool:
    """Whether it is in a namespace, or is that."""
    return subject.namespace == namespace or (subject.kind, subject.name) == (entities.NAMESPACE, namespace)


async def _settle(
    candidates: Sequence[entities.EntityCandidate], context: Context
) -> tuple[list[Subject], list[Unmet]]:
    """What exists of them, each once, and why the others led nowhere."""
    looked_up = await asyncio.gather(*(_find(candidate, context) for candidate in candidates))
    lookups = [entities.settle(one, *calls) for one, calls in zip(candidates, looked_up, strict=True)]
    subjects = list(dict.fromkeys(one.subject for one in lookups if isinstance(one, ResolvedEntity)))
    return subjects, [one for one in lookups if not isinstance(one, ResolvedEntity) and not _is_an_ordinary_word(one)]


def _is_an_ordinary_word(unmet: Unmet) -> bool:
    return isinstance(unmet, AbsentEntity) and not unmet.is_claim


async def _find(candidate: entities.EntityCandidate, context: Context) -> list[Evidence]:
    """What the cluster knows of the name; where it has nothing and no kind is said, what AWS knows of it as well."""
    if not candidate.needs_lookup:
        return []
    arguments: dict[str, Any] = {"name": candidate.name, "namespace": candidate.namespace, "kinds": candidate.kinds}
    calls = [await _ask("kubernetes", "kubectl_find", arguments, context)]
    in_cluster = isinstance(entities.settle(candidate, *calls), ResolvedEntity)
    has_name = not candidate.kind and candidate.sure != "word"
    if not in_cluster and has_name and calls[0].answer is not None and IN_AWS in context.roster["metrics"].tool_names:
        calls.append(await _ask("metrics", IN_AWS, {"name": candidate.name}, context))
    return calls


async def _ask(agent: str, tool: str, arguments: dict[str, Any], context: Context) -> Evidence:
    server = context.roster[agent].server_of(tool)
    return await context.toolbox.ask(context.incident, 0, agent, server, tool, arguments)


def _start(started: datetime, now: datetime, context: Context) -> datetime:
    """From well before the signal, but not further back than the settings say."""
    return max(started - BEFORE_ALARM, now - timedelta(seconds=context.settings.investigation.look_back_seconds))


def _rfc3339(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
