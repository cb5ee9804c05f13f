"""Conversations with the service: a partition each, with its turns."""

from __future__ import annotations

from typing import Final

from sre_agent.domain.chat_session import ChatSession, ChatTurn
from sre_agent.store.contract.bodies import read, sortable
from sre_agent.store.dynamodb.attributes import ABSENT, PRESENT, Item, delete, pack, put, unpack
from sre_agent.store.dynamodb.items import first_of, unless_there
from sre_agent.store.dynamodb.parts import BODY, Part, bodies, body_of, in_a_thread

SESSIONS: Final = "chat_session"
TURN: Final = "turn#"


class ChatSessionItems(Part):
    @in_a_thread
    def keep_chat_session(self, session: ChatSession) -> None:
        first_of(self.items, _item(session))

    @in_a_thread
    def chat_session(self, session: str) -> ChatSession | None:
        return body_of(ChatSession, self.items.get(_partition(session), BODY))

    @in_a_thread
    def chat_sessions(self, *, limit: int = 50, before: str = "") -> list[ChatSession]:
        last = self.items.get(_partition(before), BODY) if before else None
        if before and last is None:
            return []
        place = "" if last is None else str(last["place"])
        return bodies(ChatSession, self.items.in_list(SESSIONS, before=place, newest_first=True, most=limit))

    @in_a_thread
    def drop_chat_session(self, session: str) -> bool:
        was_there = unless_there(self.items, delete(_partition(session), BODY, PRESENT))
        self.items.remove((str(row["pk"]), str(row["sk"])) for row in self.items.partition(_partition(session), TURN))
        return was_there

    @in_a_thread
    def keep_chat_turn(self, turn: ChatTurn) -> int:
        def attempt() -> int:
            row = self.items.get(_partition(turn.session), BODY)
            if row is None:
                return 0
            session = read(ChatSession, unpack(row[BODY]))
            number = session.turns + 1
            own = turn.model_copy(update={"number": number})
            session = session.model_copy(update={"turns": number, "last_at": turn.at})
            body = pack(own.model_dump_json())
            key: Item = {"pk": _partition(turn.session), "sk": f"{TURN}{number:08d}"}
            self.items.write(
                put({**key, BODY: body}, ABSENT), put(_item(session), "#turns = :turns", values={"turns": number - 1})
            )
            return number

        return self.items.again(attempt)

    @in_a_thread
    def chat_turns(self, session: str, *, after: int = 0, limit: int = 100) -> list[ChatTurn]:
        last = f"{TURN}{after:08d}"
        return bodies(ChatTurn, self.items.partition(_partition(session), TURN, after=last, most=limit))

    @in_a_thread
    def last_chat_turn(self, session: str) -> ChatTurn | None:
        turns = bodies(ChatTurn, self.items.partition(_partition(session), TURN, newest_first=True, most=1))
        return turns[0] if turns else None


def _item(session: ChatSession) -> Item:
    place = f"{sortable(session.last_at)}#{session.id}"
    own: Item = {"pk": _partition(session.id), "sk": BODY, "turns": session.turns}
    return {**own, BODY: pack(session.model_dump_json()), "list": SESSIONS, "place": place}


def _partition(session: str) -> str:
    return f"chat#{session}"
