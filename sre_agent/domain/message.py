"""Everything that moves an incident is one of these messages, on one queue."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from sre_agent.domain.base import IncidentId, Noun

MessageKind = Literal["signal", "decision", "wake_up", "cancel"]


class Message(Noun):
    """`dedup` makes the same message count once; it is not delivered before `not_before`.

    `payload` is the Decision for `decision`, `{"interrupt": id}` for `wake_up`, empty otherwise.
    """

    kind: MessageKind
    incident: IncidentId
    dedup: str
    not_before: datetime
    payload: dict[str, Any] = Field(default_factory=dict)
