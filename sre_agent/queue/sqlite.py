"""The queue in one SQLite file, for the workers of one machine."""

from __future__ import annotations

import sqlite3
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mcp_servers.contract import private_files
from sre_agent.domain.message import Message, MessageKind
from sre_agent.queue import Delivery
from sre_agent.settings import StateSettings

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
  dedup TEXT PRIMARY KEY, incident TEXT NOT NULL, due TEXT NOT NULL, body TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting', receipt TEXT NOT NULL DEFAULT '', times INTEGER NOT NULL DEFAULT 0,
  why TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS message_due ON message (state, due);
"""


class SqliteQueue:
    """States: waiting (due at `due`), taken (comes back at `due`), done, dead."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(private_files.database(path), timeout=10, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)

    async def put(self, message: Message) -> bool:
        done = self._db.execute(
            "INSERT OR IGNORE INTO message (dedup, incident, due, body) VALUES (?, ?, ?, ?)",
            (message.dedup, message.incident, _text(message.not_before), message.model_dump_json()),
        )
        return done.rowcount == 1

    async def take(self, now: datetime, seconds: float) -> Delivery | None:
        receipt = uuid.uuid4().hex
        row = self._db.execute(
            """UPDATE message SET state = 'taken', receipt = ?, times = times + 1, due = ?
               WHERE dedup = (SELECT dedup FROM message WHERE state IN ('waiting', 'taken') AND due <= ?
                              ORDER BY due, rowid LIMIT 1)
               RETURNING body, times""",
            (receipt, _text(now + timedelta(seconds=seconds)), _text(now)),
        ).fetchone()
        return None if row is None else Delivery(Message.model_validate_json(row[0]), receipt, row[1])

    async def ack(self, delivery: Delivery) -> None:
        self._settle(delivery, "done")

    async def give_back(self, delivery: Delivery, not_before: datetime, *, tried: bool = True) -> None:
        self._db.execute(
            "UPDATE message SET state = 'waiting', due = ?, times = times - ? WHERE dedup = ? AND receipt = ?",
            (_text(not_before), 0 if tried else 1, delivery.message.dedup, delivery.receipt),
        )

    async def extend(self, delivery: Delivery, now: datetime, seconds: float) -> None:
        self._db.execute(
            "UPDATE message SET due = ? WHERE dedup = ? AND receipt = ? AND state = 'taken'",
            (_text(now + timedelta(seconds=seconds)), delivery.message.dedup, delivery.receipt),
        )

    async def bury(self, delivery: Delivery, why: str) -> None:
        self._settle(delivery, "dead", why)

    async def dead_letters(self) -> list[tuple[Message, str]]:
        rows = self._db.execute("SELECT body, why FROM message WHERE state = 'dead' ORDER BY rowid")
        return [(Message.model_validate_json(body), why) for body, why in rows]

    async def next_due(self) -> datetime | None:
        row = self._db.execute("SELECT min(due) FROM message WHERE state IN ('waiting', 'taken')").fetchone()
        return datetime.fromisoformat(row[0]) if row[0] else None

    async def holds(self, incident: str, kind: MessageKind) -> bool:
        rows = self._db.execute(
            "SELECT body FROM message WHERE state IN ('waiting', 'taken') AND incident = ?", (incident,)
        )
        return any(Message.model_validate_json(body).kind == kind for (body,) in rows)

    async def revive(self, incident: str, now: datetime) -> int:
        done = self._db.execute(
            "UPDATE message SET state = 'waiting', due = ?, times = 0 WHERE incident = ? AND state = 'taken'",
            (_text(now), incident),
        )
        return done.rowcount

    async def close(self) -> None:
        self._db.close()

    def _settle(self, delivery: Delivery, state: str, why: str = "") -> None:
        self._db.execute(
            "UPDATE message SET state = ?, why = ? WHERE dedup = ? AND receipt = ?",
            (state, why, delivery.message.dedup, delivery.receipt),
        )


def from_settings(settings: StateSettings) -> SqliteQueue:
    return SqliteQueue(settings.state_dir / "queue.sqlite")


def _text(when: datetime) -> str:
    """One width, one zone: the text sorts as the time does."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
