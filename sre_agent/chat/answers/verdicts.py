"""What an investigation found, as an answer: yes or no, why, since when; for what shows no state of its own."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext, hint
from sre_agent.chat.answers.cloud import askable
from sre_agent.chat.lookup_session import plain
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.domain.report import Report

STATEMENT_LENGTH: Final = 700  # characters of a diagnosis in an answer
CITED: Final = 4  # of its evidence
WHY: Final = 400  # characters of what could not be seen


def by_verdict(query: ChatQuery, talk: AnswerContext, subject: Subject, report: Report | None) -> str:
    """Yes or no of what has no state of its own: by what its metrics, alarms and records add up to."""
    if report is None:
        return f"Unknown: {subject.short} could not be read."
    expects_ill = query.unhealthy
    if query.states:
        state, negated = query.states[0]
        expects_ill = state.good is negated
    well = is_well_by(report)
    holds = None if well is None else well is not expects_ill
    if holds is None:
        return f"Unknown: {_open(talk, subject, report)}"
    return f"{'Yes' if holds else 'No'}: {cited_statement(talk, report)}"


def _open(talk: AnswerContext, subject: Subject, report: Report) -> str:
    """That nothing was seen, why, and by which calls."""
    why = " ".join(plain(line) for line in report.diagnosis.missing[:2])
    about = [line for line in report.evidence if line.arguments.get("name") == subject.name][:CITED]
    marks = "".join(talk.lookups.adopt(line) for line in about)
    text = f"nothing shows whether {subject.short} is healthy. {within(why, WHY)} {marks}"
    return f"{' '.join(text.split())} {askable(subject)}"


def is_well_by(report: Report) -> bool | None:
    """Whether it was seen to be well, or seen to be in trouble; None where neither was."""
    if is_quiet(report):
        return True
    return False if report.diagnosis.verdict == "cause" or report.diagnosis.evidence else None


async def why_by_verdict(query: ChatQuery, talk: AnswerContext, subject: Subject, note: str) -> ChatReply:
    """What is wrong with what has no state of its own; that nothing is, where the question takes that for granted."""
    report = await investigated(query, talk, subject)
    if report is None:
        return talk.reply(query, f"{subject.short} could not be read.", outcome="unavailable", subjects=[subject])
    expects_ill = query.unhealthy or any(state.good is negated for state, negated in query.states)
    lead = ""
    if expects_ill and is_quiet(report):
        lead = "Not any more: " if report.diagnosis.verdict == "recovered" else "That is not so: "
    began = since(subject, report) if "when" in query.cues and "why" not in query.cues and not lead else ""
    cause_text = (
        f"The cause is unknown: {_open(talk, subject, report)}"
        if is_well_by(report) is None
        else cited_statement(talk, report)
    )
    text = "\n".join(part for part in (note, began, f"{lead}{cause_text}") if part)
    return talk.reply(query, within(text), subjects=[subject], report=report, calls=report.cost.tool_calls)


def since(subject: Subject, report: Report) -> str:
    """Since when, by the cause; empty where nothing tells it."""
    cause = report.diagnosis.hypothesis
    if cause is None or cause.since is None or report.diagnosis.verdict != "cause":
        return f"It is unknown since when {subject.short} has been like that."
    return f"Since {cause.since:%Y-%m-%dT%H:%M:%SZ}."


def is_quiet(report: Report | None) -> bool:
    return report is not None and report.diagnosis.verdict in ("no_fault", "recovered")


async def investigated(query: ChatQuery, talk: AnswerContext, subject: Subject) -> Report | None:
    return await talk.responding.investigate(query.text, [hint(subject)])


def cited_statement(talk: AnswerContext, report: Report) -> str:
    lines = {line.id: line for line in report.evidence}
    marks = [talk.lookups.adopt(lines[key]) for key in report.diagnosis.evidence if key in lines][:CITED]
    return " ".join([within(report.statement, STATEMENT_LENGTH), *marks])
