"""A conversation that is too long for its model loses the results of its oldest tool calls, never what was asked.

A result is in the evidence ledger anyway: what stays is its id there, so that the model can refer to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from langchain_core.messages import BaseMessage, ToolMessage

EVIDENCE: Final = "evidence_id"  # in a tool message's additional_kwargs: where the ledger has the whole result
SMALL: Final = 200  # characters that are not worth dropping


def shorten(messages: Sequence[BaseMessage]) -> list[BaseMessage] | None:
    """The messages without the older half of the tool results that are left; None when none is."""
    results = [place for place, message in enumerate(messages) if _droppable(message)]
    if not results:
        return None
    old_places = set(results[: (len(results) + 1) // 2])
    return [_reference(message) if place in old_places else message for place, message in enumerate(messages)]


def _droppable(message: BaseMessage) -> bool:
    return isinstance(message, ToolMessage) and len(str(message.content)) > SMALL


def _reference(message: BaseMessage) -> BaseMessage:
    evidence_id = message.additional_kwargs.get(EVIDENCE)
    where = f"It is in the evidence ledger as {evidence_id}." if evidence_id else "Call the tool again if you need it."
    return message.model_copy(update={"content": f"[This result was dropped to make room. {where}]"})
