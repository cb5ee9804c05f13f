"""A conversation as the verb `chat` holds it; here over an open runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from sre_agent.cli.chat_responder import ChatResponder
from sre_agent.connections import Connection
from sre_agent.domain.incident import Incident

if TYPE_CHECKING:
    from sre_agent.chat import ChatReply, Dialogue


class Talk(Protocol):
    """`pending` is the incident whose question was left open by the last answer."""

    @property
    def connection(self) -> Connection: ...

    @property
    def pending(self) -> Incident | None: ...

    async def ask(self, text: str) -> ChatReply: ...


class LocalTalk:
    def __init__(self, conversation: Dialogue, respondent: ChatResponder) -> None:
        self._conversation, self._respondent = conversation, respondent
        self.connection = respondent.connection

    @property
    def pending(self) -> Incident | None:
        return self._respondent.pending

    async def ask(self, text: str) -> ChatReply:
        self._respondent.pending = None
        return await self._conversation.ask(text)
