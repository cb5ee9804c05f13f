"""The second sentence of an approval: a plain yes behind what was shown decides, and nothing else does.

Danger: this is the one place of a conversation where a word changes the world. It counts only in the turn after the
action was shown, from the same person, with the right to decide, and by the digest of exactly that action.
"""

from __future__ import annotations

from typing import Final

from sre_agent.chat.answer_context import ResponderActions
from sre_agent.chat.memory import ConversationMemory, PendingDecision
from sre_agent.chat.reply import ChatReply
from sre_agent.domain.question import ApprovalAnswer
from sre_agent.errors import BadInputError, NotNowError

YES: Final = frozenset({"yes", "y", "yes please", "confirm"})
NO: Final = frozenset({"no", "n", "not now", "cancel"})


async def answer_to_question(text: str, memory: ConversationMemory, responding: ResponderActions) -> ChatReply | None:
    """The reply to a yes or a no behind a question for a decision; None where the text is neither, or nothing is open.
    Whatever it is, what was shown before it is no longer asked about."""
    pending, memory.decision = memory.decision, None
    word = text.strip().strip(".!").lower()
    if pending is None or word not in YES | NO:
        return None
    if word in NO:
        return _reply(text, pending, "waiting", f"Nothing was decided. Incident {pending.incident} stays open.")
    rights = responding.decision_rights
    if rights.lacking or rights.identity != pending.identity:
        why = rights.lacking or "Somebody else was asked. Say it again to be shown the action yourself."
        return _reply(text, pending, "cannot", f"Nothing was decided. {why}")
    answer = ApprovalAnswer(choice=pending.choice, comment=pending.comment, action_digest=pending.action_digest)
    try:
        incident, report = await responding.decide(pending.incident, answer)
    except (BadInputError, NotNowError) as problem:
        return _reply(text, pending, "cannot", f"Nothing was decided. {problem}")
    done = f"{'Approved' if pending.choice == 'approve' else 'Rejected'} as {rights.name}."
    if report is None:
        waits = (
            "It asks another question."
            if incident.question and incident.question_digest != pending.action_digest
            else "It goes on."
        )
        return _reply(text, pending, "waiting", f"{done} {waits} Incident {incident.id} is not finished.")
    outcome = "escalated" if report.status == "escalated" else "answered"
    reply = _reply(text, pending, "answered", f"{done} {report.verdict}")
    return reply.model_copy(update={"outcome": outcome, "report": report})


def _reply(text: str, pending: PendingDecision, outcome: str, says: str) -> ChatReply:
    return ChatReply.model_validate({"question": text, "intent": "decide", "outcome": outcome, "text": says})
