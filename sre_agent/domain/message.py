"""Everything that moves an incident is one of these messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal

from pydantic import Field

from sre_agent.domain.base import IncidentId, Noun, Severity

MessageKind = Literal["signal", "decision", "wake_up", "cancel", "notice"]
AHEAD_SECONDS: Final[dict[Severity, float]] = {"SEV1": 3600.0, "SEV2": 1200.0, "SEV3": 300.0, "SEV4": 0.0}
A_PERSON_WAITS: Final = 86400.0  # seconds that a decision or a cancellation is ahead of everything else


class Message(Noun):
    """`dedup` makes the same message count once; it is not delivered before `not_before`.

    `ahead_seconds` is its priority: of the messages that are due it is taken as if it had been due so much earlier, so
    that what is urgent comes first and what is old is not left behind.

    `payload` is the Decision for `decision`, `{"interrupt": id}` for `wake_up`, for a `notice` the step and the channel
    that is told of it; empty otherwise. A notice moves no incident.
    """

    kind: MessageKind
    incident: IncidentId
    dedup: str
    not_before: datetime
    ahead_seconds: float = 0.0
    payload: dict[str, Any] = Field(default_factory=dict)
