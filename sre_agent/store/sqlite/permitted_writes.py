"""Writes that were permitted, counted by the hour over all incidents, and what came of remedies."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sre_agent.database import Tables, in_its_thread
from sre_agent.domain.permitted_write import BreakerCount, PermittedWrite, RemedyResult
from sre_agent.store.contract.bodies import read, sortable

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS permitted_write (
  key TEXT PRIMARY KEY, at TEXT NOT NULL, workload TEXT NOT NULL, is_undo INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS permitted_write_by_time ON permitted_write (at);
CREATE INDEX IF NOT EXISTS permitted_write_by_workload ON permitted_write (workload, at);
CREATE TABLE IF NOT EXISTS remedy_failure (
  key TEXT PRIMARY KEY, failure_class TEXT NOT NULL, workload TEXT NOT NULL, at TEXT NOT NULL
);
"""
HOUR: Final = timedelta(hours=1)


class PermittedWriteTables(Tables):
    @in_its_thread
    def claim_write(self, write: PermittedWrite, most_per_hour: int) -> datetime | None:
        with self.db.transaction():
            if self.db.one("SELECT 1 FROM permitted_write WHERE key = ?", write.key) is not None:
                return None
            if not write.is_undo and (free_at := self._free_at(write.at, most_per_hour)) is not None:
                return free_at
            self.db.execute(
                "INSERT INTO permitted_write (key, at, workload, is_undo, body) VALUES (?, ?, ?, ?, ?)",
                (write.key, sortable(write.at), write.workload, int(write.is_undo), write.model_dump_json()),
            )
            return None

    @in_its_thread
    def next_write_at(self, now: datetime, most_per_hour: int) -> datetime | None:
        return self._free_at(now, most_per_hour)

    def _free_at(self, now: datetime, most: int) -> datetime | None:
        """Writes of the future count as well: a clock that was set back must not open the way to more."""
        if most == 0:
            return now + HOUR
        row = self.db.one(
            "SELECT body FROM permitted_write WHERE is_undo = 0 AND at > ? ORDER BY at DESC LIMIT 1 OFFSET ?",
            sortable(now - HOUR),
            most - 1,
        )
        return None if row is None else read(PermittedWrite, row[0]).at + HOUR

    @in_its_thread
    def last_write(self, workload: str) -> datetime | None:
        row = self.db.one("SELECT body FROM permitted_write WHERE workload = ? ORDER BY at DESC LIMIT 1", workload)
        return None if row is None else read(PermittedWrite, row[0]).at

    @in_its_thread
    def keep_remedy_result(self, result: RemedyResult) -> None:
        if result.helped:
            self._reset(result.failure_class, result.workload)
            return
        self.db.execute(
            "INSERT OR IGNORE INTO remedy_failure (key, failure_class, workload, at) VALUES (?, ?, ?, ?)",
            (result.key, result.failure_class, result.workload, sortable(result.at)),
        )

    @in_its_thread
    def breaker_counts(self) -> list[BreakerCount]:
        rows = self.db.execute(
            """SELECT failure_class, workload, count(*), max(at) FROM remedy_failure
               GROUP BY failure_class, workload ORDER BY max(at) DESC"""
        )
        return [
            BreakerCount(failure_class=kind, workload=workload, failures=failures, last_at=datetime.fromisoformat(at))
            for kind, workload, failures, at in rows
        ]

    @in_its_thread
    def reset_breaker(self, failure_class: str, workload: str) -> bool:
        return self._reset(failure_class, workload)

    def _reset(self, failure_class: str, workload: str) -> bool:
        done = self.db.execute(
            "DELETE FROM remedy_failure WHERE failure_class = ? AND workload = ?", (failure_class, workload)
        )
        return done.rowcount > 0
