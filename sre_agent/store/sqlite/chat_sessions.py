"""Conversations with the service, turn by turn."""

from __future__ import annotations

from typing import Final

from sre_agent.database import Tables, in_its_thread
from sre_agent.domain.chat_session import ChatSession, ChatTurn
from sre_agent.store.contract.bodies import read, sortable

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS chat_session (id TEXT PRIMARY KEY, last_at TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS chat_session_by_use ON chat_session (last_at);
CREATE TABLE IF NOT EXISTS chat_turn (
  session TEXT NOT NULL, number INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (session, number)
);
"""


class ChatSessionTables(Tables):
    @in_its_thread
    def keep_chat_session(self, session: ChatSession) -> None:
        self.db.execute(
            "INSERT OR IGNORE INTO chat_session (id, last_at, body) VALUES (?, ?, ?)",
            (session.id, sortable(session.last_at), session.model_dump_json()),
        )

    @in_its_thread
    def chat_session(self, session: str) -> ChatSession | None:
        return self._session(session)

    @in_its_thread
    def chat_sessions(self, *, limit: int = 50, before: str = "") -> list[ChatSession]:
        where = "(last_at, rowid) < (SELECT last_at, rowid FROM chat_session WHERE id = :before)" if before else "1"
        rows = self.db.execute(
            f"SELECT body FROM chat_session WHERE {where} ORDER BY last_at DESC, rowid DESC LIMIT :limit",  # noqa: S608 - constants
            {"before": before, "limit": limit},
        )
        return [read(ChatSession, row[0]) for row in rows]

    @in_its_thread
    def drop_chat_session(self, session: str) -> bool:
        with self.db.transaction():
            self.db.execute("DELETE FROM chat_turn WHERE session = ?", (session,))
            return self.db.execute("DELETE FROM chat_session WHERE id = ?", (session,)).rowcount == 1

    @in_its_thread
    def keep_chat_turn(self, turn: ChatTurn) -> int:
        with self.db.transaction():
            session = self._session(turn.session)
            if session is None:
                return 0
            number = session.turns + 1
            own = turn.model_copy(update={"number": number})
            self.db.execute(
                "INSERT INTO chat_turn (session, number, body) VALUES (?, ?, ?)",
                (turn.session, number, own.model_dump_json()),
            )
            used = session.model_copy(update={"turns": number, "last_at": turn.at})
            self.db.execute(
                "UPDATE chat_session SET last_at = ?, body = ? WHERE id = ?",
                (sortable(turn.at), used.model_dump_json(), turn.session),
            )
            return number

    @in_its_thread
    def chat_turns(self, session: str, *, after: int = 0, limit: int = 100) -> list[ChatTurn]:
        rows = self.db.execute(
            "SELECT body FROM chat_turn WHERE session = ? AND number > ? ORDER BY number LIMIT ?",
            (session, after, limit),
        )
        return [read(ChatTurn, row[0]) for row in rows]

    @in_its_thread
    def last_chat_turn(self, session: str) -> ChatTurn | None:
        row = self.db.one("SELECT body FROM chat_turn WHERE session = ? ORDER BY number DESC LIMIT 1", session)
        return None if row is None else read(ChatTurn, row[0])

    def _session(self, session: str) -> ChatSession | None:
        row = self.db.one("SELECT body FROM chat_session WHERE id = ?", session)
        return None if row is None else read(ChatSession, row[0])
