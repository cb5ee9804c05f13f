"""What model calls cost, and what is held for those of batch jobs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, Literal

from sre_agent.database import Tables, in_its_thread
from sre_agent.domain.model_call import ModelCall
from sre_agent.store.contract.bodies import read, sortable

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS model_call (
  id TEXT PRIMARY KEY, incident TEXT NOT NULL, at TEXT NOT NULL, dollars REAL NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS model_call_of_incident ON model_call (incident);
CREATE INDEX IF NOT EXISTS model_call_at ON model_call (at);
CREATE TABLE IF NOT EXISTS held_call (
  id TEXT PRIMARY KEY, incident TEXT NOT NULL, at TEXT NOT NULL, dollars REAL NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS held_call_of_incident ON held_call (incident);
CREATE INDEX IF NOT EXISTS held_call_at ON held_call (at);
"""
Table = Literal["model_call", "held_call"]


class ModelCallTables(Tables):
    @in_its_thread
    def keep_model_call(self, call: ModelCall) -> None:
        self._add("model_call", [call])

    @in_its_thread
    def model_calls(self, *, incident: str | None = None, since: datetime | None = None) -> list[ModelCall]:
        return self._calls("model_call", incident, since)

    @in_its_thread
    def hold_model_calls(self, calls: Sequence[ModelCall]) -> None:
        with self.db.transaction():
            self._add("held_call", calls)
            self.db.execute("DELETE FROM held_call WHERE id IN (SELECT id FROM model_call)")

    @in_its_thread
    def settle_model_calls(self, ids: Collection[str], calls: Sequence[ModelCall]) -> None:
        with self.db.transaction():
            self.db.execute_many("DELETE FROM held_call WHERE id = ?", [(id_,) for id_ in ids])
            self._add("model_call", calls)

    @in_its_thread
    def held_model_calls(self, *, incident: str | None = None, since: datetime | None = None) -> list[ModelCall]:
        return self._calls("held_call", incident, since)

    @in_its_thread
    def held_model_dollars(self, *, incident: str | None = None, since: datetime | None = None) -> float:
        return float(self.db.one(f"SELECT {_sum('held_call', incident, since)}", **_values(incident, since))[0])

    @in_its_thread
    def model_dollars(self, *, incident: str | None = None, since: datetime | None = None) -> float:
        """In one statement: what is settled meanwhile would count twice or not at all."""
        call_sum, held_sum = (_sum(table, incident, since) for table in ("model_call", "held_call"))
        return float(self.db.one(f"SELECT {call_sum} + {held_sum}", **_values(incident, since))[0])

    def _add(self, table: Table, calls: Sequence[ModelCall]) -> None:
        self.db.execute_many(
            f"INSERT OR IGNORE INTO {table} (id, incident, at, dollars, body) VALUES (?, ?, ?, ?, ?)",  # noqa: S608 - a constant
            [(call.id, call.incident, sortable(call.at), call.dollars, call.model_dump_json()) for call in calls],
        )

    def _calls(self, table: Table, incident: str | None, since: datetime | None) -> list[ModelCall]:
        sql = f"SELECT body FROM {table} {_where(incident, since)} ORDER BY at, rowid"  # noqa: S608 - constants
        return [read(ModelCall, row[0]) for row in self.db.execute(sql, _values(incident, since))]


def _sum(table: str, incident: str | None, since: datetime | None) -> str:
    return f"(SELECT COALESCE(SUM(dollars), 0) FROM {table} {_where(incident, since)})"  # noqa: S608 - constants


def _where(incident: str | None, since: datetime | None) -> str:
    """Only what is asked for: an index is of no use for a condition that may be none."""
    pairs = [("incident = :incident", incident is not None), ("at >= :since", since is not None)]
    conditions = [condition for condition, is_given in pairs if is_given]
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def _values(incident: str | None, since: datetime | None) -> dict[str, str | None]:
    return {"incident": incident, "since": None if since is None else sortable(since)}
