"""What waits for an approval, exactly as it would be done; and a person's word on it, which is asked for twice.

The first sentence shows the action and asks. Only a plain yes right behind it decides, by the same person, and only on
the action that was shown: see `approval_talk`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

from sre_agent.chat import incident_text
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.fix import advise
from sre_agent.chat.answers.incident import absent
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.forms import class_words
from sre_agent.chat.incident_choice import choose
from sre_agent.chat.incident_history import clock_text
from sre_agent.chat.memory import PendingDecision
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.domain.incident import Incident
from sre_agent.domain.percent import whole_percent
from sre_agent.domain.question import Question

DIFF: Final = 12  # lines
SHOWN: Final = 6
UNREADABLE: Final = "What it asks cannot be read here."
NOTHING: Final = "Nothing waits for an approval."


@answers("proposal")
async def proposal(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    """The one that waits, or each of them in a line."""
    selection = await choose(query, talk, waiting=True)
    if not selection.incidents and _is_own_advice(query, talk):
        advice = await advise(replace(query, intent="advise", refers="" if query.candidates else "last"), talk)
        return advice.model_copy(update={"text": f"{NOTHING}\n{advice.text}"})
    if selection.absent:
        return absent(query, talk, selection)
    if not selection.incidents:
        return talk.reply(query, "\n".join([*selection.notes, NOTHING]))
    if len(selection.incidents) > 1:
        return _which(query, talk, selection.incidents)
    incident = selection.incidents[0]
    question = await talk.responding.question(incident)
    if question is None:
        return talk.reply(query, f"{incident_text.head(incident)} {UNREADABLE}", outcome="unavailable")
    text = within("\n".join([*selection.notes, *action_lines(incident, question)]))
    return _about(talk, incident, talk.reply(query, text))


def _is_own_advice(query: ChatQuery, talk: AnswerContext) -> bool:
    """`What would you do?`, while nothing waits, is about what it names, or the one thing that was spoken of."""
    is_about_one = bool(query.candidates) or len(talk.memory.subjects) == 1
    return "asks-what-is-proposed" in query.forms and is_about_one


@answers("decide")
async def decide(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    """Shows what would be approved or rejected, and asks once."""
    selection = await choose(query, talk, waiting=True)
    if selection.absent:
        return absent(query, talk, selection)
    if not selection.incidents:
        return talk.reply(query, "\n".join([*selection.notes, NOTHING]))
    if len(selection.incidents) > 1:
        return _which(query, talk, selection.incidents)
    incident, rights = selection.incidents[0], talk.responding.decision_rights
    question = await talk.responding.question(incident)
    if question is None:
        return talk.reply(query, f"{incident_text.head(incident)} {UNREADABLE}", outcome="unavailable")
    lines = [*selection.notes, *action_lines(incident, question)]
    if rights.lacking:
        reply = talk.reply(query, within("\n".join([*lines, rights.lacking])), outcome="cannot")
        return _about(talk, incident, reply)
    choice = _choice(query)
    comment = " ".join(query.texts)
    ask = f'{choice.capitalize()} exactly this as {rights.name}? "yes" does it; anything else leaves it open.'
    reply = talk.reply(query, f"{within(chr(10).join(lines))}\n{ask}", outcome="waiting")
    talk.memory.decision = PendingDecision(incident.id, choice, question.action_digest, rights.identity, comment)
    return _about(talk, incident, reply)


def action_lines(incident: Incident, question: Question) -> list[str]:
    """What is asked, on what grounds, and exactly what would change."""
    action = question.action
    cause = question.cause
    lines = [incident_text.head(incident), f"It wants to: {action.asks}. {action.blast_radius}".strip()]
    lines += action.diff[:DIFF]
    more = f"and {len(action.diff) - DIFF} more lines of the change: sre-agent incidents show {incident.id}"
    lines += [more] if len(action.diff) > DIFF else []
    lines += [f"Undo: {question.undo}"] if question.undo else ["It cannot be undone."]
    lines += [f"Because: {cause.statement} ({whole_percent(cause.confidence)} % sure)"] if cause is not None else []
    if question.approvals > 1:
        lines.append(f"{question.approvals} people have to approve it; {len(question.sign_offs)} have.")
    if question.until is not None:
        lines.append(f"The question expires at {clock_text(question.until)}. An approver answers it.")
    return lines


def _which(query: ChatQuery, talk: AnswerContext, incidents: tuple[Incident, ...]) -> ChatReply:
    lines = [f"{len(incidents)} wait for an approval; name the one that is meant:"]
    lines += [f"- {incident_text.head(one)}" for one in incidents[:SHOWN]]
    return talk.reply(query, within("\n".join(lines)), outcome="choice", choices=[one.id for one in incidents[:SHOWN]])


def _about(talk: AnswerContext, incident: Incident, reply: ChatReply) -> ChatReply:
    talk.memory.remember(incident.subjects[:1])
    talk.memory.incident = incident.id
    return reply.model_copy(update={"subjects": [subject.short for subject in incident.subjects[:1]]})


def _choice(query: ChatQuery) -> Literal["approve", "reject"]:
    """The first word of a decision that the sentence has."""
    words = [word.strip(".,!").lower() for word in query.text.split()]
    first = next(word for word in words if word in class_words("decide"))
    return "approve" if first == "approve" else "reject"
