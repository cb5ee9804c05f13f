"""What is on record about one incident: its story, who decided what, what was done, what it took, what shows it."""

from __future__ import annotations

from typing import Final

from sre_agent.chat import incident_text
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.incident_choice import ChosenIncidents, choose
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.domain.duration import duration
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report

EVIDENCE: Final = 4


@answers("incident")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    selection = await choose(query, talk)
    if selection.absent:
        return absent(query, talk, selection)
    if not selection.incidents:
        return talk.reply(
            query, "\n".join([*selection.notes, "No incident is on record, so nothing was decided or done."])
        )
    return await answer_about(query, talk, selection.incidents[0], list(selection.notes))


async def answer_about(query: ChatQuery, talk: AnswerContext, incident: Incident, notes: list[str]) -> ChatReply:
    """What is asked of it; without anything special its story."""
    report = await talk.history.report(incident)
    lines = await _asked_of(query, talk, incident, report)
    if not lines:
        lines = [*incident_text.verdict(incident, report, talk), *incident_text.doing(report)]
        lines += [*await incident_text.decisions(incident, talk), *incident_text.unsolved(report)]
    text = within("\n".join([*notes, f"{incident_text.head(incident)}", *lines]))
    reply = talk.reply(query, text, subjects=incident.subjects[:1])
    talk.memory.incident = incident.id
    return reply


def absent(query: ChatQuery, talk: AnswerContext, selection: ChosenIncidents) -> ChatReply:
    """That no incident has the name: it is never answered with another one."""
    near = f" Similar names: {', '.join(selection.near)}." if selection.near else ""
    text = f"No incident about {selection.absent} is on record.{near}"
    return talk.reply(query, text, outcome="not_found", choices=selection.near)


async def _asked_of(query: ChatQuery, talk: AnswerContext, incident: Incident, report: Report | None) -> list[str]:
    lines: list[str] = []
    if query.cues & {"decided"} or ("who" in query.cues and "asks-of-own-acts" not in query.forms):
        lines += await incident_text.decisions(incident, talk)
    if "cost" in query.cues:
        lines += await _cost(talk, incident, report)
    if "repair-time" in query.forms or ("duration" in query.cues and "shown" not in query.cues):
        lines.append(_duration(talk, incident))
    if "asks-of-own-acts" in query.forms:
        lines += incident_text.doing(report)
    if "shown" in query.cues and report is not None:
        lines += _evidence(talk, incident, report)
    if "seen-before" in query.forms or ("before" in query.cues and "compare" in query.cues):
        lines += await _earlier(talk, incident, report)
    return lines


async def _cost(talk: AnswerContext, incident: Incident, report: Report | None) -> list[str]:
    dollars = await talk.history.dollars(incident)
    if report is None:
        return [f"So far ${dollars:.2f} for chat models. Its report will tell the calls."]
    cost = report.cost
    models = f"{cost.model_calls} model calls for ${dollars:.2f}" if cost.model_calls else "no model was asked ($0.00)"
    return [f"It took {cost.tool_calls} tool calls and {duration(cost.seconds)} of work, and {models}."]


def _duration(talk: AnswerContext, incident: Incident) -> str:
    if incident.open:
        since = (talk.lookups.now - incident.opened_at).total_seconds()
        return f"It is open for {duration(since)} now."
    return f"From its opening to its end it took {duration(incident.seconds)}."


def _evidence(talk: AnswerContext, incident: Incident, report: Report) -> list[str]:
    """What weighs most, each with the call that showed it; the whole report is a command away."""
    by_id = {line.id: line for line in report.evidence}
    lines = incident_text.verdict(incident, report, talk)
    for key in list(dict.fromkeys(report.diagnosis.evidence))[:EVIDENCE]:
        if key in by_id:
            lines.append(f"- {by_id[key].tool}: {by_id[key].excerpt} {talk.lookups.adopt(by_id[key])}")
    lines += incident_text.doing(report)
    return [*lines, f"The whole report: sre-agent incidents show {incident.id}"]


async def _earlier(talk: AnswerContext, incident: Incident, report: Report | None) -> list[str]:
    """The past incidents like it that memory recalls, with what worked and what failed then, beside what it is now."""
    question = await talk.responding.question(incident) if incident.question else None
    past = question.seen_before if question is not None else await talk.history.seen_before(incident, report)
    if not past:
        return ["No earlier incident like it is remembered."]
    now = _cause(report)
    return [
        f"{len(past)} earlier like it{f'; the cause this time: {now}' if now else ''}:",
        *(f"- {one.sentence}" for one in past),
    ]


def _cause(report: Report | None) -> str:
    leading = report.diagnosis.leading if report is not None else None
    return f"{leading.title} ({leading.subject.short})" if leading is not None else ""
