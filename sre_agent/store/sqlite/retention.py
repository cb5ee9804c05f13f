"""What is kept for a time: answers to requests by their key, conversations, sweeps, incidents that ended with their
record."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from sre_agent.database import in_its_thread
from sre_agent.store.contract.bodies import sortable
from sre_agent.store.sqlite.record import RecordTables

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS reply (key TEXT PRIMARY KEY, at TEXT NOT NULL, body TEXT NOT NULL);
"""
OF_AN_INCIDENT: Final = (
    "evidence",
    "settings",
    "report",
    "attached",
    "channel_post",
    "link",
    "message",
)  # tables with a column `incident`


class RetentionTables(RecordTables):
    @in_its_thread
    def reply(self, key: str) -> str | None:
        row = self.db.one("SELECT body FROM reply WHERE key = ?", key)
        return None if row is None else str(row[0])

    @in_its_thread
    def keep_reply(self, key: str, body: str, at: datetime) -> None:
        self.db.execute("INSERT OR IGNORE INTO reply (key, at, body) VALUES (?, ?, ?)", (key, sortable(at), body))

    @in_its_thread
    def forget(self, *, ended_before: datetime, events_before: datetime) -> list[str]:
        with self.db.transaction():
            rows = self.db.execute(
                """SELECT id FROM incident
                   WHERE open = 0 AND julianday(json_extract(body, '$.ended_at')) < julianday(?)""",
                (sortable(ended_before),),
            )
            keys = [(str(row[0]),) for row in rows]
            for table in OF_AN_INCIDENT:
                self.db.execute_many(f"DELETE FROM {table} WHERE incident = ?", keys)  # noqa: S608 - a constant
            self.db.execute_many("DELETE FROM decision WHERE json_extract(body, '$.incident') = ?", keys)
            self.db.execute_many("DELETE FROM incident WHERE id = ?", keys)
            self.db.execute(
                "DELETE FROM alarm WHERE at < ? AND incident NOT IN (SELECT id FROM incident WHERE open = 1)",
                (sortable(events_before),),
            )
            self.db.execute(
                "DELETE FROM chat_turn WHERE session IN (SELECT id FROM chat_session WHERE last_at < ?)",
                (sortable(ended_before),),
            )
            for table in ("chat_session", "runtime_session"):
                self.db.execute(f"DELETE FROM {table} WHERE last_at < ?", (sortable(ended_before),))  # noqa: S608 - a constant
            self.db.execute("DELETE FROM sweep_run WHERE started_at < ?", (sortable(ended_before),))
            self.db.execute("DELETE FROM namespace_grade WHERE at < ?", (sortable(ended_before),))
            self.db.execute("DELETE FROM permitted_write WHERE at < ?", (sortable(ended_before),))
            self.remove_entries(
                row[0]
                for row in self.db.execute(
                    "SELECT seq FROM record WHERE incident NOT IN (SELECT id FROM incident) AND (at < ? OR incident IN"
                    " (SELECT value FROM json_each(?)))",
                    (sortable(events_before), json.dumps([id_ for (id_,) in keys])),
                )
            )
            for table in ("reply", "receipt", "sighting", "dependency"):
                self.db.execute(f"DELETE FROM {table} WHERE at < ?", (sortable(events_before),))  # noqa: S608 - a constant
        return [id_ for (id_,) in keys]
