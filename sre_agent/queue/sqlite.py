"""The queue in one SQLite file, for the workers of one machine: one row an incident."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Final

from sre_agent.database import Database, Tables, in_its_thread, sortable
from sre_agent.domain.base import IncidentId
from sre_agent.queue import Look
from sre_agent.settings import StateSettings

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS look (
  incident TEXT PRIMARY KEY, due TEXT NOT NULL, rank TEXT NOT NULL, receipt TEXT NOT NULL DEFAULT '',
  next_due TEXT, next_rank TEXT
);
CREATE INDEX IF NOT EXISTS look_rank ON look (rank);
"""


class SqliteQueue(Tables):
    """A row with a receipt is in a worker's hands until `due`; what is asked for meanwhile stands in `next_due`. `rank`
    is `due` less what it is ahead by: the order in which due looks are taken."""

    @in_its_thread
    def ask_for(self, incident: IncidentId, at: datetime, *, ahead_seconds: float = 0.0, cause: str) -> None:
        self.db.execute(
            """INSERT INTO look (incident, due, rank) VALUES (?, ?, ?)
               ON CONFLICT (incident) DO UPDATE SET
                 due = CASE receipt WHEN '' THEN min(due, excluded.due) ELSE due END,
                 rank = CASE receipt WHEN '' THEN min(rank, excluded.rank) ELSE rank END,
                 next_due = CASE receipt WHEN '' THEN NULL ELSE min(ifnull(next_due, excluded.due), excluded.due) END,
                 next_rank =
                   CASE receipt WHEN '' THEN NULL ELSE min(ifnull(next_rank, excluded.rank), excluded.rank) END""",
            (incident, sortable(at), sortable(at - timedelta(seconds=ahead_seconds))),
        )

    @in_its_thread
    def take(self, now: datetime, seconds: float) -> Look | None:
        receipt = uuid.uuid4().hex
        row = self.db.one(
            """UPDATE look SET receipt = ?, due = ?, next_due = NULL, next_rank = NULL
               WHERE incident = (SELECT incident FROM look WHERE due <= ? ORDER BY rank, rowid LIMIT 1)
               RETURNING incident""",
            receipt,
            sortable(now + timedelta(seconds=seconds)),
            sortable(now),
        )
        return None if row is None else Look(IncidentId(row[0]), receipt)

    @in_its_thread
    def extend(self, look: Look, now: datetime, seconds: float) -> None:
        self.db.execute(
            "UPDATE look SET due = ? WHERE incident = ? AND receipt = ?",
            (sortable(now + timedelta(seconds=seconds)), look.incident, look.receipt),
        )

    @in_its_thread
    def ack(self, look: Look) -> None:
        mine = (look.incident, look.receipt)
        done = self.db.execute("DELETE FROM look WHERE incident = ? AND receipt = ? AND next_due IS NULL", mine)
        if not done.rowcount:
            self.db.execute(
                """UPDATE look SET receipt = '', due = next_due, rank = next_rank, next_due = NULL, next_rank = NULL
                   WHERE incident = ? AND receipt = ?""",
                mine,
            )

    @in_its_thread
    def give_back(self, look: Look, not_before: datetime) -> None:
        self.db.execute(
            """UPDATE look SET receipt = '', due = min(ifnull(next_due, :due), :due),
                 rank = min(ifnull(next_rank, rank), rank), next_due = NULL, next_rank = NULL
               WHERE incident = :incident AND receipt = :receipt""",
            {"due": sortable(not_before), "incident": look.incident, "receipt": look.receipt},
        )

    @in_its_thread
    def revive(self, incident: IncidentId, now: datetime) -> None:
        self.db.execute(
            "UPDATE look SET receipt = '', due = :now, rank = :now WHERE incident = :incident AND receipt != ''",
            {"now": sortable(now), "incident": incident},
        )


def from_settings(settings: StateSettings) -> SqliteQueue:
    return SqliteQueue(Database(settings.state_dir / "queue.sqlite", SCHEMA))
