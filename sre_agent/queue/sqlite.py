"""The queue in one SQLite file, for the workers of one machine."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Final

from sre_agent.database import Database, Tables, in_its_thread
from sre_agent.domain.message import Message, MessageKind
from sre_agent.errors import BadInputError
from sre_agent.queue import Delivery, MessageState, QueueDepth, QueuedMessage
from sre_agent.settings import StateSettings

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS message (
  dedup TEXT PRIMARY KEY, incident TEXT NOT NULL, due TEXT NOT NULL, body TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting', receipt TEXT NOT NULL DEFAULT '', times INTEGER NOT NULL DEFAULT 0,
  why TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS message_due ON message (state, due);
CREATE INDEX IF NOT EXISTS message_of_incident ON message (incident, state);
"""
MOST_ROWS: Final = 2**63 - 1  # of a table of SQLite
ROW: Final = "body, state, due, times, why, rowid"


class SqliteQueue(Tables):
    """States: waiting (due at `due`), taken (comes back at `due`), done, dead. `rank` is `due` less what the message is
    ahead by: the order in which due messages are taken."""

    @in_its_thread
    def put(self, message: Message) -> bool:
        done = self.db.execute(
            "INSERT OR IGNORE INTO message (dedup, incident, due, rank, body) VALUES (?, ?, ?, ?, ?)",
            (
                message.dedup,
                message.incident,
                _text(message.not_before),
                _rank(message, message.not_before),
                message.model_dump_json(),
            ),
        )
        return done.rowcount == 1

    @in_its_thread
    def take(self, now: datetime, seconds: float) -> Delivery | None:
        receipt = uuid.uuid4().hex
        row = self.db.execute(
            """UPDATE message SET state = 'taken', receipt = ?, times = times + 1, due = ?
               WHERE dedup = (SELECT dedup FROM message WHERE state IN ('waiting', 'taken') AND due <= ?
                              ORDER BY rank, rowid LIMIT 1)
               RETURNING body, times""",
            (receipt, _text(now + timedelta(seconds=seconds)), _text(now)),
        ).fetchone()
        return None if row is None else Delivery(Message.model_validate_json(row[0]), receipt, row[1])

    @in_its_thread
    def ack(self, delivery: Delivery) -> None:
        self._settle(delivery, "done")

    @in_its_thread
    def give_back(self, delivery: Delivery, not_before: datetime, *, is_attempt: bool = True) -> None:
        self.db.execute(
            """UPDATE message SET state = 'waiting', due = ?, rank = ?, times = times - ?
               WHERE dedup = ? AND receipt = ?""",
            (
                _text(not_before),
                _rank(delivery.message, not_before),
                0 if is_attempt else 1,
                delivery.message.dedup,
                delivery.receipt,
            ),
        )

    @in_its_thread
    def extend(self, delivery: Delivery, now: datetime, seconds: float) -> None:
        self.db.execute(
            "UPDATE message SET due = ? WHERE dedup = ? AND receipt = ? AND state = 'taken'",
            (_text(now + timedelta(seconds=seconds)), delivery.message.dedup, delivery.receipt),
        )

    @in_its_thread
    def bury(self, delivery: Delivery, why: str) -> None:
        self._settle(delivery, "dead", why)

    @in_its_thread
    def messages(self, state: MessageState | None = None, *, limit: int = 200, after: str = "") -> list[QueuedMessage]:
        condition = "state != 'done'" if state is None else "state = :state"
        due, row = _place(after) if after else ("", 0)
        rows = self.db.execute(
            f"SELECT {ROW} FROM message WHERE {condition} AND (due, rowid) > (:due, :row)"  # noqa: S608 - constants
            " ORDER BY due, rowid LIMIT :limit",
            {"state": state, "limit": limit, "due": due, "row": row},
        )
        return [
            QueuedMessage(
                Message.model_validate_json(body), state, datetime.fromisoformat(due), times, why, f"{due}/{number}"
            )
            for body, state, due, times, why, number in rows
        ]

    @in_its_thread
    def redrive(self, dedup: str, now: datetime) -> bool:
        done = self.db.execute(
            """UPDATE message SET state = 'waiting', due = ?, rank = ?, times = 0, why = ''
               WHERE dedup = ? AND state = 'dead'""",
            (_text(now), _text(now), dedup),
        )
        return done.rowcount == 1

    @in_its_thread
    def drop(self, dedup: str) -> bool:
        done = self.db.execute(
            "UPDATE message SET state = 'done' WHERE dedup = ? AND state IN ('waiting', 'dead')", (dedup,)
        )
        return done.rowcount == 1

    @in_its_thread
    def depth(self, now: datetime) -> QueueDepth:
        present = _text(now)
        due, later, in_flight, dead, oldest = self.db.one(
            """SELECT count(*) FILTER (WHERE state = 'waiting' AND due <= :now),
                      count(*) FILTER (WHERE state = 'waiting' AND due > :now),
                      count(*) FILTER (WHERE state = 'taken'), count(*) FILTER (WHERE state = 'dead'),
                      min(due) FILTER (WHERE state = 'waiting' AND due <= :now)
               FROM message WHERE state != 'done'""",
            now=present,
        )
        return QueueDepth(due, later, in_flight, dead, datetime.fromisoformat(oldest) if oldest else None)

    @in_its_thread
    def forget(self, before: datetime) -> int:
        return self.db.execute("DELETE FROM message WHERE state = 'done' AND due < ?", (_text(before),)).rowcount

    @in_its_thread
    def next_due(self) -> datetime | None:
        row = self.db.execute("SELECT min(due) FROM message WHERE state IN ('waiting', 'taken')").fetchone()
        return datetime.fromisoformat(row[0]) if row[0] else None

    @in_its_thread
    def holds(self, incident: str, kind: MessageKind) -> bool:
        rows = self.db.execute(
            "SELECT body FROM message WHERE state IN ('waiting', 'taken') AND incident = ?", (incident,)
        )
        return any(Message.model_validate_json(body).kind == kind for (body,) in rows)

    @in_its_thread
    def moves(self, incident: str) -> bool:
        row = self.db.one(
            """SELECT 1 FROM message WHERE incident = ? AND state != 'done'
               AND json_extract(body, '$.kind') != 'notice' LIMIT 1""",
            incident,
        )
        return row is not None

    @in_its_thread
    def revive(self, incident: str, now: datetime) -> int:
        done = self.db.execute(
            "UPDATE message SET state = 'waiting', due = ?, rank = ?, times = 0 WHERE incident = ? AND state = 'taken'",
            (_text(now), _text(now), incident),
        )
        return done.rowcount

    def _settle(self, delivery: Delivery, state: str, why: str = "") -> None:
        self.db.execute(
            "UPDATE message SET state = ?, why = ? WHERE dedup = ? AND receipt = ?",
            (state, why, delivery.message.dedup, delivery.receipt),
        )


def from_settings(settings: StateSettings) -> SqliteQueue:
    database = Database(settings.state_dir / "queue.sqlite", SCHEMA)
    database.add_column("message", "rank", "TEXT NOT NULL DEFAULT ''")  # older versions had no priorities
    return SqliteQueue(database)


def _place(cursor: str) -> tuple[str, int]:
    """When the message of a cursor was due, and its row."""
    due, _, row = cursor.rpartition("/")
    try:
        return _text(datetime.fromisoformat(due)), min(abs(int(row)), MOST_ROWS)
    except (ValueError, OverflowError) as problem:
        raise BadInputError(f"{cursor!r} is no cursor of the queue. Take `next` of the previous page.") from problem


def _rank(message: Message, due: datetime) -> str:
    return _text(due - timedelta(seconds=message.ahead_seconds))


def _text(when: datetime) -> str:
    """One width, one zone: the text sorts as the time does."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
