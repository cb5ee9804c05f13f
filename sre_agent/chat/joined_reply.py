"""One answer to a text that held several questions."""

from __future__ import annotations

from collections.abc import Sequence

from sre_agent.chat.lookup_session import LookupSession
from sre_agent.chat.reply import ChatReply, within


def joined_reply(text: str, replies: Sequence[ChatReply], lookups: LookupSession) -> ChatReply:
    """One answer of several, with the evidence of all."""
    first = replies[0]
    worst = next((reply for reply in replies if reply.outcome != "answered"), first)
    report = next((reply.report for reply in replies if reply.report is not None), None)
    lines = lookups.evidence
    return ChatReply(
        question=text,
        intent=first.intent,
        outcome=worst.outcome,
        text=within("\n".join(dict.fromkeys(reply.text for reply in replies))),
        evidence=lines,
        looked_at=list(dict.fromkeys([*lookups.looked_at, *(x for reply in replies for x in reply.looked_at)])),
        tool_calls=len(lookups.ledger) + sum(reply.tool_calls for reply in replies),
        subjects=list(dict.fromkeys(s for reply in replies for s in reply.subjects)),
        choices=list(dict.fromkeys(c for reply in replies for c in reply.choices)),
        proposes=next((reply.proposes for reply in replies if reply.proposes), ""),
        report=report,
    )
