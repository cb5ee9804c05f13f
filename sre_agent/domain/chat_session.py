"""A conversation with the service, and its turns: kept, so that it goes on after a restart."""

from __future__ import annotations

from datetime import datetime

from sre_agent.domain.base import Noun


class ChatSession(Noun):
    """`turns` counts the questions that were answered."""

    id: str
    opened_by: str
    opened_at: datetime
    last_at: datetime
    turns: int = 0


class ChatTurn(Noun):
    """A question with its answer. `reply` is the answer and `memory` what the conversation remembers after it, both as
    JSON."""

    session: str
    number: int
    at: datetime
    by: str
    question: str
    reply: str
    memory: str = ""
