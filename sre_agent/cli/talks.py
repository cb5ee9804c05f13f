"""A conversation as the verb `chat` holds it; here over an open runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from sre_agent.cli.chat_responder import ChatResponder
from sre_agent.connections import Connection
from sre_agent.domain.incident import Incident

if TYPE_CHECKING:
    from sre_agent.chat import ChatReply
    from sre_agent.chat_sessions import ChatSessions


class Talk(Protocol):
    """`pending` is the incident whose question was left open by the last answer, `session` the id under which the
    conversation is kept, `turns` how many questions were answered in this process."""

    @property
    def connection(self) -> Connection: ...

    @property
    def pending(self) -> Incident | None: ...

    @property
    def session(self) -> str: ...

    @property
    def turns(self) -> int: ...

    async def ask(self, text: str) -> ChatReply: ...


class LocalTalk:
    def __init__(self, sessions: ChatSessions, session: str, respondent: ChatResponder) -> None:
        self._sessions, self.session, self._respondent = sessions, session, respondent
        self.connection, self.turns = respondent.connection, 0

    @property
    def pending(self) -> Incident | None:
        return self._respondent.pending

    async def ask(self, text: str) -> ChatReply:
        from sre_agent.chat_sessions import TurnFollower  # noqa: PLC0415 - `--help` does not need it

        self._respondent.pending = None
        by = self.connection.decides_as
        reply = await self._sessions.ask(self.session, text, by=by, follower=TurnFollower())
        self.turns += 1
        return reply
