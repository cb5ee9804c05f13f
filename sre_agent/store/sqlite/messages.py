"""Messages in the store's database, beside the incidents that they move."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sre_agent.database import Database, Tables, in_its_thread
from sre_agent.domain.base import IncidentId
from sre_agent.domain.message import Message, MessageKind
from sre_agent.errors import BadInputError, LeaseLostError
from sre_agent.store.contract.bodies import read, sortable
from sre_agent.store.contract.messages import Delivery, MessageState, QueueDepth, QueuedMessage

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS message (
  dedup TEXT PRIMARY KEY, incident TEXT NOT NULL, due TEXT NOT NULL, rank TEXT NOT NULL, body TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting', epoch INTEGER NOT NULL DEFAULT 0, times INTEGER NOT NULL DEFAULT 0,
  why TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS message_due ON message (state, due);
CREATE INDEX IF NOT EXISTS message_of_incident ON message (incident, state);
"""
MOST_ROWS: Final = 2**63 - 1  # of a table of SQLite
ROW: Final = "body, state, due, times, why, rowid"
ALIVE: Final = "state IN ('waiting', 'taken')"


class MessageTables(Tables):
    """States: waiting (due at `due`), taken (its writer's lease runs out at `due`), done, dead. `rank` is `due` less
    what the message is ahead by: the order in which due messages are taken."""

    @in_its_thread
    def add_message(self, message: Message) -> bool:
        due = message.not_before
        done = self.db.execute(
            "INSERT OR IGNORE INTO message (dedup, incident, due, rank, body) VALUES (?, ?, ?, ?, ?)",
            (message.dedup, message.incident, sortable(due), _rank(message, due), message.model_dump_json()),
        )
        return done.rowcount == 1

    @in_its_thread
    def take_message(self, incident: IncidentId, epoch: int, now: datetime, seconds: float) -> Delivery | None:
        row = self.db.one(
            """UPDATE message SET state = 'taken', epoch = :epoch, times = times + 1, due = :until
               WHERE dedup = (SELECT dedup FROM message
                              WHERE incident = :incident AND (state = 'taken' OR state = 'waiting' AND due <= :now)
                              ORDER BY rank, rowid LIMIT 1)
               AND :epoch = (SELECT epoch FROM incident WHERE id = :incident)
               RETURNING body, times""",
            incident=incident,
            epoch=epoch,
            now=sortable(now),
            until=sortable(now + timedelta(seconds=seconds)),
        )
        if row is not None:
            return Delivery(read(Message, row[0]), epoch, row[1])
        current = self.db.one("SELECT epoch FROM incident WHERE id = ?", incident)
        if current is None or current[0] != epoch:
            raise LeaseLostError(f"Incident {incident} has a later writer than epoch {epoch}.")
        return None

    @in_its_thread
    def finish_message(self, delivery: Delivery) -> None:
        self._settle(delivery, "done")

    @in_its_thread
    def postpone_message(self, delivery: Delivery, not_before: datetime, *, is_attempt: bool = True) -> None:
        self.db.execute(
            """UPDATE message SET state = 'waiting', due = ?, rank = ?, times = max(0, times - ?)
               WHERE dedup = ? AND epoch = ?""",
            (
                sortable(not_before),
                _rank(delivery.message, not_before),
                0 if is_attempt else 1,
                delivery.message.dedup,
                delivery.epoch,
            ),
        )

    @in_its_thread
    def bury_message(self, delivery: Delivery, why: str) -> None:
        self._settle(delivery, "dead", why)

    @in_its_thread
    def message(self, dedup: str) -> QueuedMessage | None:
        row = self.db.one(f"SELECT {ROW} FROM message WHERE dedup = ? AND state != 'done'", dedup)  # noqa: S608 - constants
        return None if row is None else _entry(row)

    @in_its_thread
    def messages(self, state: MessageState | None = None, *, limit: int = 200, after: str = "") -> list[QueuedMessage]:
        condition = "state != 'done'" if state is None else "state = :state"
        due, row = _place(after) if after else ("", 0)
        rows = self.db.execute(
            f"SELECT {ROW} FROM message WHERE {condition} AND (due, rowid) > (:due, :row)"  # noqa: S608 - constants
            " ORDER BY due, rowid LIMIT :limit",
            {"state": state, "limit": limit, "due": due, "row": row},
        )
        return [_entry(one) for one in rows]

    @in_its_thread
    def next_message(self, incident: IncidentId | None = None) -> QueuedMessage | None:
        whose = "" if incident is None else "incident = :incident AND"
        row = self.db.one(
            f"SELECT {ROW} FROM message WHERE {whose} {ALIVE} ORDER BY due, rowid LIMIT 1",  # noqa: S608 - constants
            incident=incident,
        )
        return None if row is None else _entry(row)

    @in_its_thread
    def overdue_messages(self, before: datetime, *, limit: int = 1000) -> list[QueuedMessage]:
        rows = self.db.execute(
            f"SELECT {ROW}, min(due) FROM message WHERE {ALIVE} AND due <= ?"  # noqa: S608 - constants
            " GROUP BY incident ORDER BY due LIMIT ?",
            (sortable(before), limit),
        )
        return [_entry(one[:-1]) for one in rows]

    @in_its_thread
    def redrive_message(self, dedup: str, now: datetime) -> bool:
        done = self.db.execute(
            """UPDATE message SET state = 'waiting', due = ?, rank = ?, times = 0, why = ''
               WHERE dedup = ? AND state = 'dead'""",
            (sortable(now), sortable(now), dedup),
        )
        return done.rowcount == 1

    @in_its_thread
    def drop_message(self, dedup: str) -> bool:
        done = self.db.execute(
            "UPDATE message SET state = 'done' WHERE dedup = ? AND state IN ('waiting', 'dead')", (dedup,)
        )
        return done.rowcount == 1

    @in_its_thread
    def revive_messages(self, incident: IncidentId, now: datetime) -> int:
        done = self.db.execute(
            "UPDATE message SET state = 'waiting', due = ?, rank = ?, times = 0 WHERE incident = ? AND state = 'taken'",
            (sortable(now), sortable(now), incident),
        )
        return done.rowcount

    @in_its_thread
    def message_depth(self, now: datetime) -> QueueDepth:
        due, later, in_flight, dead, oldest = self.db.one(
            """SELECT count(*) FILTER (WHERE state = 'waiting' AND due <= :now),
                      count(*) FILTER (WHERE state = 'waiting' AND due > :now),
                      count(*) FILTER (WHERE state = 'taken'), count(*) FILTER (WHERE state = 'dead'),
                      min(due) FILTER (WHERE state = 'waiting' AND due <= :now)
               FROM message WHERE state != 'done'""",
            now=sortable(now),
        )
        return QueueDepth(due, later, in_flight, dead, datetime.fromisoformat(oldest) if oldest else None)

    @in_its_thread
    def message_waits(self, incident: IncidentId, kind: MessageKind) -> bool:
        row = self.db.one(
            f"SELECT 1 FROM message WHERE incident = ? AND {ALIVE} AND json_extract(body, '$.kind') = ? LIMIT 1",  # noqa: S608 - constants
            incident,
            kind,
        )
        return row is not None

    @in_its_thread
    def has_next_step(self, incident: IncidentId) -> bool:
        row = self.db.one(
            """SELECT 1 FROM message WHERE incident = ? AND state != 'done'
               AND json_extract(body, '$.kind') != 'notice' LIMIT 1""",
            incident,
        )
        return row is not None

    @in_its_thread
    def forget_messages(self, before: datetime) -> int:
        return self.db.execute("DELETE FROM message WHERE state = 'done' AND due < ?", (sortable(before),)).rowcount

    def _settle(self, delivery: Delivery, state: str, why: str = "") -> None:
        self.db.execute(
            "UPDATE message SET state = ?, why = ? WHERE dedup = ? AND epoch = ?",
            (state, why, delivery.message.dedup, delivery.epoch),
        )


def take_over_queue_file(db: Database, file: Path) -> None:
    """Move the messages that an older version kept in a file of the queue, once. What is done and what is dead comes
    too; what was taken comes back when its time is up."""
    if not file.exists():
        return
    db.execute("ATTACH DATABASE ? AS old", (str(file),))
    try:
        if db.one("SELECT 1 FROM old.sqlite_master WHERE type = 'table' AND name = 'message'") is None:
            return
        has_rank = "rank" in {row[1] for row in db.execute("PRAGMA old.table_info(message)")}
        rank = "CASE rank WHEN '' THEN due ELSE rank END" if has_rank else "due"  # the oldest ones had no priorities
        db.execute(
            "INSERT OR IGNORE INTO main.message (dedup, incident, due, rank, body, state, times, why)"  # noqa: S608 - constants
            f" SELECT dedup, incident, due, {rank}, body, state, times, why FROM old.message"
        )
        db.execute("DROP TABLE IF EXISTS old.message")  # only when the copy is there
    finally:
        db.execute("DETACH DATABASE old")


def _entry(row: Any) -> QueuedMessage:
    body, state, due, times, why, number = row
    return QueuedMessage(read(Message, body), state, datetime.fromisoformat(due), times, why, f"{due}/{number}")


def _place(cursor: str) -> tuple[str, int]:
    """When the message of a cursor was due, and its row."""
    due, _, row = cursor.rpartition("/")
    try:
        return sortable(datetime.fromisoformat(due)), min(abs(int(row)), MOST_ROWS)
    except (ValueError, OverflowError) as problem:
        raise BadInputError(f"{cursor!r} is no cursor of the queue. Take `next` of the previous page.") from problem


def _rank(message: Message, due: datetime) -> str:
    return sortable(due - timedelta(seconds=message.ahead_seconds))
