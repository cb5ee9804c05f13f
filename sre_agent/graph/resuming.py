"""What a message does to a run: start it, answer the one interrupt it stands at, go on, or nothing at all."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from langgraph.types import Command, Interrupt

from sre_agent.domain.action import ApprovalDecision
from sre_agent.domain.message import Message

IGNORED: Final = object()
NOBODY: Final = "nobody"  # who decides where nobody answers


def graph_input(message: Message, fresh: bool, interrupts: list[Interrupt]) -> Any:
    """What the graph is invoked with: a first input, a resume of one interrupt, None to go on, or IGNORED.

    A run is resumed only by the id of the interrupt that is open, with a payload of its kind; all else is refused. A
    run that stands at no interrupt was cut off, and whichever message comes again takes it up where it was.
    """
    if fresh:
        return {"incident_id": message.incident} if message.kind == "signal" else IGNORED
    if not interrupts:
        return None
    waiting = interrupts[0]
    if message.kind == "wake_up" and message.payload.get("interrupt") == waiting.id:
        return Command(resume={waiting.id: _expiry(waiting) if waiting.value["kind"] == "approval" else True})
    if message.kind == "decision" and waiting.value["kind"] == "approval":
        decision = ApprovalDecision.model_validate(message.payload)
        if decision.question == waiting.value["id"] and decision.action_digest == waiting.value["action_digest"]:
            return Command(resume={waiting.id: message.payload})
    return IGNORED


def _expiry(waiting: Interrupt) -> dict[str, Any]:
    """Unanswered means rejected."""
    request = waiting.value
    return ApprovalDecision(
        incident="",
        question=request["id"],
        action_digest=request["action_digest"],
        choice="reject",
        by=NOBODY,
        at=datetime.fromisoformat(request["expires_at"]),
    ).model_dump(mode="json")
