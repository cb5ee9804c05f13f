"""The memory of used permits in one SQLite file: for servers on one machine."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from mcp_servers.contract import private_files
from mcp_servers.contract.permits import Permit, PermitError
from mcp_servers.writing.used_permits import Use

SCHEMA = """
CREATE TABLE IF NOT EXISTS used (
  id TEXT PRIMARY KEY, incident TEXT NOT NULL, epoch INTEGER NOT NULL, call TEXT NOT NULL, outcome TEXT
);
CREATE TABLE IF NOT EXISTS key_epoch (one INTEGER PRIMARY KEY CHECK (one = 1), least INTEGER NOT NULL);
"""


class SqliteUsedPermits:
    """`mcp_servers.writing.used_permits.UsedPermits` over one file, of one identity."""

    def __init__(self, path: Path) -> None:
        self._path = private_files.database(path)
        with self._open() as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.executescript(SCHEMA)

    def begin(self, permit: Permit) -> Use | None:
        """None when this is the first use (now begun), else what is known of the earlier one.

        Raises PermitError `stale_epoch` when a later writer of the same incident has been here.
        """
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            row = db.execute("SELECT outcome FROM used WHERE id = ?", (permit.id,)).fetchone()
            if row is not None:
                return Use(json.loads(row[0]) if row[0] else None)
            newest = db.execute("SELECT max(epoch) FROM used WHERE incident = ?", (permit.incident,)).fetchone()[0]
            if newest is not None and permit.epoch < newest:
                raise PermitError(
                    "stale_epoch",
                    f"Incident {permit.incident} has a later writer ({newest}, this permit: {permit.epoch}).",
                )
            db.execute(
                "INSERT INTO used (id, incident, epoch, call) VALUES (?, ?, ?, ?)",
                (permit.id, permit.incident, permit.epoch, permit.call),
            )
        return None

    def peek(self, permit_id: str) -> Use | None:
        with self._open() as db:
            row = db.execute("SELECT outcome FROM used WHERE id = ?", (permit_id,)).fetchone()
        return None if row is None else Use(json.loads(row[0]) if row[0] else None)

    def end(self, permit_id: str, outcome: dict[str, Any]) -> None:
        with self._open() as db:
            db.execute("UPDATE used SET outcome = ? WHERE id = ?", (json.dumps(outcome), permit_id))

    def least_epoch(self, epoch: int) -> int:
        with self._open() as db:
            row = db.execute("SELECT least FROM key_epoch").fetchone()
            current = int(row[0]) if row else 0
            if epoch > current:
                db.execute(
                    "INSERT INTO key_epoch VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET least = max(least, ?)",
                    (epoch, epoch),
                )
        return max(current, epoch)

    def _open(self) -> sqlite3.Connection:
        return _Connection(self._path)


class _Connection(sqlite3.Connection):
    """Commits (or rolls back) and closes at the end of a `with`; tools run on worker threads, so none is shared."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, timeout=10, isolation_level=None)

    def __exit__(self, *exc: Any) -> Any:
        try:
            if self.in_transaction:
                self.execute("ROLLBACK" if exc[0] else "COMMIT")
        finally:
            self.close()
        return False


def open_at(where: str) -> SqliteUsedPermits:
    """The memory in this file, made at the first use."""
    return SqliteUsedPermits(Path(where))
