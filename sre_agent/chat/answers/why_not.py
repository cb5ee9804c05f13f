"""Why something was not done in an incident: the decision, the limit, the policy or the verdict that stopped it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sre_agent.chat import incident_text
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.incident import absent
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.incident_choice import choose
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.domain.incident import Incident, Reason
from sre_agent.domain.report import Report

SHOWN: Final = 3


@answers("why_not")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    selection = await choose(query, talk)
    if selection.absent:
        return absent(query, talk, selection)
    if not selection.incidents:
        text = "No incident is on record: nothing was asked of the responder, so it did nothing."
        return talk.reply(query, "\n".join([*selection.notes, text]))
    incident = selection.incidents[0]
    report = await talk.history.report(incident)
    lines = [*selection.notes, incident_text.head(incident), *await _why(talk, incident, report)]
    reply = talk.reply(query, within("\n".join(lines)), subjects=incident.subjects[:1])
    talk.memory.incident = incident.id
    return reply


async def _why(talk: AnswerContext, incident: Incident, report: Report | None) -> list[str]:
    question = await talk.responding.question(incident) if incident.question else None
    if question is not None:
        return [f"It proposes just that or something else, and waits for an approval: {question.action.asks}",
                *await incident_text.decisions(incident, talk)]  # fmt: skip
    if report is None:
        return ["It is not finished: it may still be done." if incident.open else f"It has {incident.lacks_report}."]
    lines = _BY_REASON[incident.reason](report) if incident.reason in _BY_REASON else []
    lines += [f"Not done: {claim.text}" for claim in report.actions_not_taken[:SHOWN]]
    if report.policy_decision is not None and report.policy_decision.verdict != "allow":
        lines += [f"The policy: {report.policy_decision.reason}"]
        lines += [f"A limit: {limit.reason}" for limit in report.policy_decision.limits]
    lines += await incident_text.decisions(incident, talk) if incident.reason == "approval_denied" else []
    lines += [f"Other remedies do not fit: {why}" for why in report.unfit[:SHOWN]]
    if report.actions_taken:
        lines += ["Something was done:", *incident_text.doing(report)]
    return [*dict.fromkeys(lines), *incident_text.unsolved(report)]


def _no_safe_action(report: Report) -> list[str]:
    return ["No safe action is known for this, so nothing was changed.", f"What was seen: {report.statement}"]


def _nothing_wrong(report: Report) -> list[str]:
    return [f"There was nothing to mend ({report.reason.replace('_', ' ')}). {report.statement}"]


_BY_REASON: Final[dict[Reason, Callable[[Report], list[str]]]] = {
    "approval_denied": lambda report: ["A person rejected it."],
    "approval_expired": lambda report: ["Nobody answered the question before it expired."],
    "no_safe_action": _no_safe_action,
    "writes_off": lambda report: [f"Writes are switched off. {report.allow}".strip()],
    "inconclusive": lambda report: [f"The cause was not certain enough to change anything. {report.statement}"],
    "tools_unavailable": lambda report: [f"What would have decided it could not be read. {report.gaps_mean}".strip()],
    "budget_exhausted": lambda report: ["It used up what one incident may take."],
    "cancelled": lambda report: ["A person cancelled it."],
    "verification_failed": lambda report: ["What was done did not help, so it was taken back."],
    "no_fault": _nothing_wrong,
    "recovered": _nothing_wrong,
    "auto_resolved": lambda report: ["Its alarms resolved before anybody looked."],
}
