"""Whether something is well, why it is not, and what is wrong anywhere. A premise that does not hold is said first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat import words as w
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers import alarms, describe, network, objects
from sre_agent.chat.answers.absent_containers import no_such_container
from sre_agent.chat.answers.backing import DEPENDENTS, autoscaler_of, investigated_behind
from sre_agent.chat.answers.cloud import is_cloud
from sre_agent.chat.answers.log_words import LogTrouble, trouble
from sre_agent.chat.answers.object_status import ObjectStatus, stand
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.answers.related import with_one_owner
from sre_agent.chat.answers.symptom import troubles_instead
from sre_agent.chat.answers.troubles import troubles
from sre_agent.chat.answers.verdicts import by_verdict, cited_statement, investigated, is_quiet, since, why_by_verdict
from sre_agent.chat.lookup_session import enumeration, plain
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.chat.states import StateWord
from sre_agent.domain.report import Report
from sre_agent.entities.lookup import AbsentEntity
from sre_agent.language.mentions import Mention

LOOKED_INTO: Final = 3  # things of one question
STATED_TOGETHER: Final = 1_200  # of several
ENDPOINTS: Final = "endpoints"  # the column of a state
ROLLOUT: Final = "rollout"  # the same, of how far a workload has come
WHOLE: Final = frozenset({"Running", "Ready"})  # of the good states those that mean all of a thing
WITH_LOGS: Final = frozenset({"Pod", *w.WORKLOAD_KINDS, "ReplicaSet"})


@answers("healthy")
async def healthy(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    """`is X ready`, `is X crashing`: yes or no with what shows it."""
    namespace, problem = await talk.names.namespace(query)
    if problem is not None:
        return talk.unmet(query, problem)
    lookups = await talk.names.all_meant(query, namespace)
    if query.states and query.states[0][0].column == ENDPOINTS and "yes-or-no" not in query.forms and lookups:
        return await describe.answer(replace(query, intent="describe", states=()), talk)  # `the endpoints of web`
    if not lookups and any(not state.good for state, _ in query.states):
        return await objects.answer(replace(query, intent="list", kinds=query.kinds or ("Pod",)), talk)
    places = [one.subject.name for one in lookups if one.subject is not None and one.subject.kind == "Namespace"]
    if not lookups or (len(places) == len(lookups) and not query.states):
        return await troubles(_of_places(query, places), talk)
    if "containers" in query.columns and talk.names.unmatched and lookups[0].subject is not None:
        return await no_such_container(query, talk)
    subjects: list[Subject] = []
    parts: list[str] = []
    report = None
    for one in lookups:
        if one.subject is None:
            is_absent = isinstance(one, AbsentEntity) and not one.choices
            return (is_absent and await troubles_instead(query, talk)) or talk.unmet(query, one)
        if is_cloud(one.subject):
            report = await investigated(query, talk, one.subject)
            subjects.append(one.subject)
            parts += [one.note, by_verdict(query, talk, one.subject, report)]
            continue
        subject = await autoscaler_of(query, talk, one.subject)
        if subject is None:
            return _no_autoscaler(query, talk, one.subject)
        standing = await stand(talk, subject)
        if standing is None:
            return talk.unmet(query, AbsentEntity(says=f"{subject.short} no longer exists."))
        subjects.append(subject)
        if standing.well is False or (_is_of_health(query) and len(subjects) <= LOOKED_INTO):
            report = await investigated_behind(query, talk, subject)
        ill = report is not None and _is_ill(report)
        logs = await trouble(talk, subject) if _asks_beyond_state(query, subject) and not ill else LogTrouble()
        verdict_text = f"{_yes_or_no(query, standing, ill=ill or logs.in_lines)} {talk.lookups.cite(standing.evidence)}"
        parts += [one.note, verdict_text, logs.text if logs.in_lines else _beyond(query, talk, report)]
        if standing.well and not ill and (subject.kind in WITH_LOGS and _is_of_health(query)):
            parts.append(await alarms.beside(talk, subject.namespace, besides=subject))
    calls = report.cost.tool_calls if report else 0
    text = within("\n".join(part for part in parts if part))
    return talk.reply(query, text, subjects=subjects, report=report, calls=calls)


def _of_places(query: ChatQuery, places: Sequence[str]) -> ChatQuery:
    if not places:
        return query
    return replace(query, mentions=tuple(Mention(place, "Namespace", place="namespace") for place in places))


def _asks_beyond_state(query: ChatQuery, subject: Subject) -> bool:
    """Whether ready pods alone do not answer it: their log may tell of trouble."""
    return subject.kind in WITH_LOGS and _is_of_health(query) and "serves" not in query.cues


def _beyond(query: ChatQuery, talk: AnswerContext, report: Report | None) -> str:
    """What an investigation says beyond the state: what is wrong, or that it could not see whether anything is."""
    if report is None or is_quiet(report):
        return ""
    if _is_ill(report):
        return cited_statement(talk, report)
    missing = " ".join(map(plain, report.diagnosis.missing[:2]))
    return f"Whether anything else is wrong could not be seen: {missing}" if missing and _is_of_health(query) else ""


def _is_ill(report: Report) -> bool:
    """Whether something is wrong, be its cause known or open."""
    diagnosis = report.diagnosis
    return diagnosis.verdict == "cause" or (diagnosis.verdict == "inconclusive" and bool(diagnosis.evidence))


def _no_autoscaler(query: ChatQuery, talk: AnswerContext, subject: Subject) -> ChatReply:
    """That nothing scales it: then it has the replicas that it declares."""
    text = f"No HorizontalPodAutoscaler scales {subject.short}: it keeps the replica count in its spec."
    marks = "".join(talk.lookups.cite(one) for one in talk.lookups.ledger[-1:])
    return talk.reply(query, f"{text} {marks}", subjects=[subject])


def _is_of_health(query: ChatQuery) -> bool:
    """Whether it asks for all that health means, and not for one state as `evicted`."""
    return not query.states or (query.states[0][0].good and not WHOLE.isdisjoint(query.states[0][0].values))


def _yes_or_no(query: ChatQuery, standing: ObjectStatus, *, ill: bool) -> str:
    """The answer to a yes-no question about the first state that it names. `ill`: something is wrong with it."""
    if ill and standing.well and _is_of_health(query):
        literal = bool(query.states) and not query.states[0][1] and "serves" in query.cues
        return f"{'Yes' if literal else 'Partly'}: {standing.text}, but something is wrong."
    if not query.states:
        expects_ill = query.unhealthy
        good = standing.well
        holds = None if good is None else (good is not expects_ill)
    else:
        state, negated = query.states[0]
        is_unknown = state.good and standing.well is None and not standing.words
        holds = None if is_unknown else holding(state, standing) is not negated
    return f"{'Unknown' if holds is None else 'Yes' if holds else 'No'}: {standing.text}."


def holding(state: StateWord, standing: ObjectStatus) -> bool:
    """Whether a state is true of a thing: a good one of all of it, any other of a part."""
    if state.column == ENDPOINTS:
        return bool(standing.well)
    if state.column == ROLLOUT:
        return not standing.words.isdisjoint(state.values)
    if state.over is not None:
        return standing.restarts > state.over
    if state.good and standing.well is not None:
        return standing.well
    return bool(set(state.values) & standing.words)


@answers("why")
async def why(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    """What is wrong with it: the same investigation as of an incident, which here only looks."""
    if "reach" in query.cues and len(query.candidates) + bool(query.refers) > 1:
        return await network.answer(query, talk)
    namespace, problem = await talk.names.namespace(query)
    if problem is not None:
        return talk.unmet(query, problem)
    lookups = await with_one_owner(query, talk, await talk.names.all_meant(query, namespace))
    if not lookups:
        return await _of_many(query, talk, namespace)
    if lookups[0].subject is None:
        if (alarm := await alarms.by_name(talk, lookups[0])) is not None:
            reply = await troubles(replace(query, mentions=(), kinds=(), states=()), talk)
            return reply.model_copy(update={"text": within(f"{alarm}\n{reply.text}")})
        nothing_near = isinstance(lookups[0], AbsentEntity) and not lookups[0].choices
        return (nothing_near and await troubles_instead(query, talk)) or talk.unmet(query, lookups[0])
    subject = lookups[0].subject
    if is_cloud(subject):
        return await why_by_verdict(query, talk, subject, lookups[0].note)
    autoscaler = await autoscaler_of(query, talk, subject)
    if autoscaler is None:
        return _no_autoscaler(query, talk, subject)
    subject = autoscaler
    standing = await stand(talk, subject)
    over = await _over(talk, subject, standing) if standing is not None else ""
    if over:
        log_trouble = await trouble(talk, subject)
        parts = [lookups[0].note, log_trouble.text or log_trouble.ending, over]
        return talk.reply(query, "\n".join(filter(None, parts)), subjects=[subject])
    report = await investigated_behind(query, talk, subject)
    parts = [lookups[0].note] if lookups[0].note else []
    if standing is not None and _is_false(query, standing):
        now = f"{standing.text}. {talk.lookups.cite(standing.evidence)}"
        if report is None or report.diagnosis.verdict != "cause":
            return talk.reply(query, "\n".join([*parts, f"That is not so: {now}"]), subjects=[subject])
        parts.append(f"Partly: {now}")
    elif standing is not None and subject.kind in DEPENDENTS:
        parts.append(f"{standing.text}. {talk.lookups.cite(standing.evidence)}")
    if report is not None and "when" in query.cues and "why" not in query.cues:
        parts.append(since(subject, report))
    if report is not None:
        parts.append(cited_statement(talk, report))
    if subject.kind in WITH_LOGS and (report is None or report.diagnosis.verdict != "cause"):
        log_trouble = await trouble(talk, subject)
        if (
            log_trouble.in_lines and is_quiet(report) and standing is not None
        ):  # ready is not healthy while its log complains
            alone = f"Its state alone does not show a problem: {standing.text}. {talk.lookups.cite(standing.evidence)}"
            parts = [*parts[:-1], log_trouble.text, alone]
        else:
            parts.append(log_trouble.text)
    if subject.kind in WITH_LOGS and is_quiet(report):  # what its own state does not show an alarm may
        beside = await alarms.beside(talk, subject.namespace, besides=subject)
        parts += [beside] if beside.startswith("But") else []
    text = within("\n".join(part for part in parts if part)) or "Nothing was found."
    calls = report.cost.tool_calls if report else 0
    return talk.reply(query, text, subjects=[subject], report=report, calls=calls)


async def _over(talk: AnswerContext, subject: Subject, standing: ObjectStatus) -> str:
    """That a pod has come to its end as it should, by its containers' ends; empty where it has not."""
    if subject.kind != "Pod" or "Completed" not in standing.words:
        return ""
    path = "status.containerStatuses.state.terminated"
    row, evidence = await talk.object(subject, f"{path}.exitCode", f"{path}.finishedAt", "owner", "spec.restartPolicy")
    codes = sorted({str(code) for code in row.get(f"{path}.exitCode") or []})
    when = max(map(str, row.get(f"{path}.finishedAt") or []), default="")
    of = f" It belongs to {row['owner']}." if row.get("owner") else ""
    policy = f" (restartPolicy {row['spec.restartPolicy']})" if row.get("spec.restartPolicy") else ""
    exit_text = f" with exit code {enumeration(codes)}" if codes else ""
    text = f"{subject.short} has completed: its containers exited{exit_text}{f' at {when}' if when else ''}"
    return f"{text}, and nothing restarts them{policy}.{of} {talk.lookups.cite(evidence)}"


def _is_false(query: ChatQuery, standing: ObjectStatus) -> bool:
    """Whether the question takes for granted what is not so; only where the state tells it for sure."""
    if standing.well is None or not query.states:
        return False
    state, negated = query.states[0]
    if state.good and not negated:
        return False
    return holding(state, standing) is negated and standing.well


async def _of_many(query: ChatQuery, talk: AnswerContext, namespace: str) -> ChatReply:
    """Why several are in a state: of one owner it is looked into, of several they are listed."""
    if not query.kinds or not query.states:
        return await troubles(query, talk)
    listing = await objects.answer(replace(query, intent="list", columns=()), talk)
    if listing.outcome != "answered" or len(talk.memory.subjects) != 1 or not listing.subjects:
        return listing
    only = talk.memory.subjects[0]
    report = await investigated(query, talk, only)
    if report is None:
        return listing
    text = within(f"{listing.text}\n{cited_statement(talk, report)}")
    return talk.reply(query, text, subjects=[only], report=report, calls=report.cost.tool_calls)
