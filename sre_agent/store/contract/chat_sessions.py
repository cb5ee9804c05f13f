"""Conversations, turn by turn."""

from __future__ import annotations

from typing import Protocol

from sre_agent.domain.chat_session import ChatSession, ChatTurn


class ChatSessionStore(Protocol):
    async def keep_chat_session(self, session: ChatSession) -> None:
        """One that is there already stays as it is."""

    async def chat_session(self, session: str) -> ChatSession | None: ...

    async def chat_sessions(self, *, limit: int = 50, before: str = "") -> list[ChatSession]:
        """Last used first; with `before` only those that were last used before this one."""

    async def drop_chat_session(self, session: str) -> bool:
        """Forget it with its turns; False where there is none."""

    async def keep_chat_turn(self, turn: ChatTurn) -> int:
        """Add to the turns of its session, as the next one whatever number it has; its number. Where the session was
        dropped nothing is kept: 0."""

    async def chat_turns(self, session: str, *, after: int = 0, limit: int = 100) -> list[ChatTurn]:
        """Oldest first, after the turn of this number."""

    async def last_chat_turn(self, session: str) -> ChatTurn | None: ...
