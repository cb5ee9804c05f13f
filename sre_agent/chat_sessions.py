"""Conversations that are kept: each goes on where it stood, also in another process, and has one question at a time.

A turn is kept with what the conversation remembers after it, what a chat model may cite of earlier answers included.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from sre_agent.chat import ChatReply, DecisionRights, Dialogue
from sre_agent.clock import Clock
from sre_agent.domain.chat_session import ChatSession, ChatTurn
from sre_agent.store.contract.chat_sessions import ChatSessionStore

OPEN: Final = 200  # conversations in memory at once; the one that was silent longest is taken up from the store again
NOBODY: Final = DecisionRights("", "", "Who asks is not known, so nothing can be approved here.")
Step = Literal["call", "text", "incident"]


def ignore(step: Step, data: dict[str, Any]) -> None:
    """For who only wants the answer."""


@dataclass(frozen=True)
class TurnFollower:
    """Who follows a turn: `step` hears of `call` {tool, arguments}, of `text` {part} as a model writes it (None: what
    came so far is void), and of `incident` {incident} that is opened for it. `decides`: approval questions are
    answered while the turn lasts, so that it waits for the end of its incident. `rights` are those of the caller, who
    may approve what an incident asks for only where they say so."""

    step: Callable[[Step, dict[str, Any]], None] = ignore
    decides: bool = False
    rights: DecisionRights = NOBODY


class CurrentTurn:
    """The turn that a conversation is at, as the listener of its chat model."""

    def __init__(self) -> None:
        self.follower = TurnFollower()

    def question_sent(self) -> None:
        return None

    def on_text(self, part: str | None) -> None:
        self.follower.step("text", {"part": part})

    def looks(self, tool: str, arguments: Mapping[str, Any]) -> None:
        self.follower.step("call", {"tool": tool, "arguments": dict(arguments)})

    def answer_complete(self) -> None:
        self.follower.step("text", {"part": None})


@dataclass(frozen=True)
class _Open:
    conversation: Dialogue
    turn: CurrentTurn
    lock: asyncio.Lock


class ChatSessions:
    def __init__(
        self, store: ChatSessionStore, clock: Clock, open_conversation: Callable[[CurrentTurn], Dialogue]
    ) -> None:
        self._store, self._clock, self._open_conversation = store, clock, open_conversation
        self._sessions: OrderedDict[str, _Open] = OrderedDict()

    async def ask(self, session: str, text: str, *, by: str, follower: TurnFollower) -> ChatReply:
        """The answer to the next question of a conversation, which is opened by its first."""
        entry = self._taken_up(session)
        async with entry.lock:
            now = self._clock.now()
            await self._store.keep_chat_session(ChatSession(id=session, opened_by=by, opened_at=now, last_at=now))
            if (
                not entry.conversation.question_count
                and (last := await self._store.last_chat_turn(session)) is not None
            ):
                entry.conversation.recall(last.memory)
            entry.turn.follower = follower
            try:
                reply = await entry.conversation.ask(text)
            finally:
                entry.turn.follower = TurnFollower()
            turn = ChatTurn(
                session=session,
                number=0,
                at=now,
                by=by,
                question=text,
                reply=reply.model_dump_json(),
                memory=entry.conversation.memory_json(),
            )
            await self._store.keep_chat_turn(turn)
            return reply

    async def end(self, session: str) -> bool:
        """Forget a conversation; False where there is none."""
        self._sessions.pop(session, None)
        return await self._store.drop_chat_session(session)

    def _taken_up(self, session: str) -> _Open:
        if session not in self._sessions:
            turn = CurrentTurn()
            self._sessions[session] = _Open(self._open_conversation(turn), turn, asyncio.Lock())
            for name in [name for name, one in self._sessions.items() if not one.lock.locked()][: -OPEN or None]:
                if len(self._sessions) > OPEN and name != session:
                    del self._sessions[name]
        self._sessions.move_to_end(session)
        return self._sessions[session]
