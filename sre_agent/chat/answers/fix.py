"""To mend something: an incident is opened through the responder, with approval as usual; or it is said how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext, hint
from sre_agent.chat.answers import describe, health, revisions
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.answers.troubles import troubles
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, Outcome, within
from sre_agent.domain.report import NextStep, Report
from sre_agent.domain.signal import DESCRIPTION, Hint

STEPS: Final = 4
GOES_BACK: Final = "goes-back"  # the form of who thinks of a rollback
ALLOWED: Final = {
    "allow": "needs no approval",
    "approve": "needs a person's approval",
    "deny": "no policy permits it",
}


@answers("fix")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    """Open an incident about what is named."""
    _, subjects, unmet = await talk.resolve(query)
    if unmet is not None:
        return await _from_description(query, talk, unmet)
    if not subjects:
        text = 'Fix what? Name it, for example "fix deployment checkout in shop".'
        return talk.reply(query, text, outcome="cannot")
    return await _repair(query, talk, subjects, [hint(s) for s in subjects])


async def _repair(query: ChatQuery, talk: AnswerContext, subjects: Sequence[Subject], hints: list[Hint]) -> ChatReply:
    incident, report = await talk.responding.respond(query.text, hints)
    if report is None:
        text = f"Incident {incident.id} is waiting for approval. Answer with: {talk.responding.answered_by(incident)}"
        return talk.reply(query, text, outcome="waiting", subjects=subjects)
    outcome: Outcome = "escalated" if report.status == "escalated" else "answered"
    text = within(_report_text(talk, report, incident.id))
    return talk.reply(query, text, outcome=outcome, subjects=subjects, report=report, calls=report.cost.tool_calls)


async def _from_description(query: ChatQuery, talk: AnswerContext, unmet: ChatReply) -> ChatReply:
    """`Our web application in namespace shop keeps crashing`: where nothing is called so, the words describe what runs
    in that namespace. Where one thing alone is in trouble there, that is meant, and the person is asked before anything
    is done; of several, what is wrong is told, and which of it is meant, the person has to say."""
    places = tuple(mention for mention in query.mentions if mention.place == "namespace")
    if len(places) != 1 or unmet.outcome != "not_found" or not all(mention.loose for mention in query.candidates):
        return unmet
    reply = await troubles(replace(query, mentions=places, kinds=(), states=()), talk)
    if not reply.subjects:
        return unmet
    if len(reply.subjects) == 1:
        [subject] = talk.memory.subjects
        return await _repair(query, talk, [subject], [hint(subject, DESCRIPTION)])
    ask = f"Name the one that should be fixed: {', '.join(reply.subjects[:STEPS])}."
    text = within("\n".join([unmet.text, reply.text, ask]))
    return reply.model_copy(update={"text": text, "intent": query.intent, "outcome": "choice"})


@answers("advise")
async def advise(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    """How it could be fixed, without doing it."""
    if query.deed == "drain":  # what runs there would have to go elsewhere
        return await describe.answer(replace(query, intent="describe", columns=()), talk)
    reply = await health.why(replace(query, intent="why", states=(), cues=query.cues - {"scaling"}), talk)
    reply = reply.model_copy(update={"intent": query.intent})
    if reply.outcome != "answered":
        return reply
    could = _could(reply.report) if reply.report is not None else []
    backs = [await revisions.history(talk, one) for one in talk.memory.subjects if GOES_BACK in query.forms]
    text = "\n".join([reply.text, *could, *backs])
    return reply.model_copy(update={"text": within(text)})


def _could(report: Report) -> list[str]:
    """The remedies of what is diagnosed, and how one is carried out; without any why there is none."""
    if not report.diagnosis.causes:
        return []
    lines = [f"- {offer.purpose} ({offer.tool}, {ALLOWED[offer.verdict]})." for offer in report.offers[:STEPS]]
    if not lines:
        return ["Nothing that is allowed here would fix it:", *(f"- {why}" for why in report.unfit[:STEPS])]
    ask = 'Say "fix it" to open an incident: the first of these whose dry run succeeds is used.'
    return ["What would fix it:", *lines, ask]


def _report_text(talk: AnswerContext, report: Report, incident: str) -> str:
    lines = {line.id: line for line in report.evidence}
    marks = [talk.lookups.adopt(lines[key]) for key in report.diagnosis.evidence if key in lines][:4]
    parts = [" ".join([report.statement, *marks])]
    if report.action is not None:
        done = [r for r in report.remediations if r.outcome == "done" and not r.is_undo]
        parts.append(f"{'Done' if done else 'Proposed'}: {report.action.purpose}.")
    parts.append(f"Incident {incident} ended {report.status} ({report.reason.replace('_', ' ')}).")
    if report.status == "escalated" and report.next_steps:
        parts += [f"- {_step(step)}" for step in report.next_steps[:STEPS]]
    return "\n".join(parts)


def _step(step: NextStep) -> str:
    return f"{step.what} ({step.owner})" if step.owner else step.what
