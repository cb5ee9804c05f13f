"""Answers to requests by their idempotency key."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class ReplyStore(Protocol):
    async def reply(self, key: str) -> str | None:
        """What a request with this idempotency key was answered with."""

    async def keep_reply(self, key: str, body: str, at: datetime) -> None:
        """The first one of a key is kept."""
