"""What happens, as it happens: for the record, the live view, the log lines, and whoever wants to watch.

Nothing is decided by these events; a run without a listener is the same run.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sre_agent.clock import Clock

Happening = Literal[
    "incident.opened",
    "incident.attached",
    "node.started",
    "node.ended",
    "agent.started",
    "agent.ended",
    "call.started",
    "call.ended",
    "call.repeated",
    "server.waited",
    "subject.resolved",
    "model.asked",
    "model.routed",
    "diagnosis",
    "action.proposed",
    "git.proposed",
    "policy_decision",
    "rehearsal.started",
    "rehearsal.ended",
    "permit.issued",
    "approval.asked",
    "approval.decided",
    "write.intended",
    "write.sent",
    "write.answered",
    "waiting",
    "verification",
    "automation",
    "guardian",
    "incident.reopened",
    "model.words",
    "incident.ended",
    "incident.graded",
    "memory.forgotten",
    "warning",
]


class Event(BaseModel):
    """`name` is the node, agent or tool it is about; `data` is plain and small."""

    model_config = ConfigDict(frozen=True)

    kind: Happening
    incident: str
    at: datetime
    name: str = ""
    data: dict[str, Any] = Field(default_factory=dict)


Listener = Callable[[Event], None]


class Progress:
    """Hands each event to every listener, in order, at once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def say(self, kind: Happening, incident: str, name: str = "", **data: Any) -> None:
        event = Event(kind=kind, incident=incident, at=self._clock.now(), name=name, data=data)
        for listener in self._listeners:
            listener(event)
