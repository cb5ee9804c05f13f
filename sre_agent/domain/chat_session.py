"""A conversation and its turns: kept, so that it goes on after a restart, in another process."""

from __future__ import annotations

import secrets
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


def new_session_id(now: datetime) -> str:
    """For people: with its day. Anybody who may ask may go on with it, so it is no secret."""
    return f"chat-{now:%m%d}-{secrets.token_hex(6)}"
