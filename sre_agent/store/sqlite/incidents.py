"""Incidents with the settings that they were started with."""

from __future__ import annotations

from typing import Any, Final

from sre_agent.database import Tables, in_its_thread
from sre_agent.domain.base import IncidentId
from sre_agent.domain.incident import Incident
from sre_agent.domain.signal import Signal
from sre_agent.errors import LeaseLostError, PermanentError
from sre_agent.store import EVERY_INCIDENT, IncidentFilter
from sre_agent.store.contract.bodies import read
from sre_agent.store.sqlite import filtering

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS incident (
  id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, open INTEGER NOT NULL, opened_at TEXT NOT NULL, body TEXT NOT NULL,
  holder TEXT NOT NULL DEFAULT '', epoch INTEGER NOT NULL DEFAULT 0, leased_until TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX IF NOT EXISTS one_open_incident ON incident (fingerprint) WHERE open = 1;
CREATE TABLE IF NOT EXISTS settings (incident TEXT PRIMARY KEY, body TEXT NOT NULL);
"""


class IncidentTables(Tables):
    @in_its_thread
    def attach_or_create(self, signal: Signal, new: Incident, settings: str = "") -> tuple[Incident, bool]:
        with self.db.transaction():
            row = self.db.one("SELECT body FROM incident WHERE fingerprint = ? AND open = 1", new.fingerprint)
            if row is None:
                self.db.execute(
                    "INSERT INTO incident (id, fingerprint, open, opened_at, body) VALUES (?, ?, 1, ?, ?)",
                    (new.id, new.fingerprint, new.opened_at.isoformat(), new.model_dump_json()),
                )
                if settings:
                    self.db.execute("INSERT INTO settings (incident, body) VALUES (?, ?)", (new.id, settings))
                return new, True
            incident = read(Incident, row[0])
            if all(other.id != signal.id for other in incident.signals):
                incident = incident.model_copy(update={"signals": [*incident.signals, signal]})
                self._save(incident)
            return incident, False

    @in_its_thread
    def incident(self, incident: IncidentId) -> Incident | None:
        return self._load(incident)

    @in_its_thread
    def settings(self, incident: IncidentId) -> str | None:
        row = self.db.one("SELECT body FROM settings WHERE incident = ?", incident)
        return None if row is None else str(row[0])

    @in_its_thread
    def incidents(
        self, *, only_open: bool = False, limit: int = 50, before: str = "", which: IncidentFilter = EVERY_INCIDENT
    ) -> list[Incident]:
        conditions, values = filtering.conditions(which)
        older = "(opened_at, rowid) < (SELECT opened_at, rowid FROM incident WHERE id = :before)"
        where = " AND ".join(["open = 1"] * only_open + [older] * bool(before) + conditions) or "1"
        rows = self.db.execute(
            f"SELECT body FROM incident WHERE {where} ORDER BY opened_at DESC, rowid DESC LIMIT :limit",  # noqa: S608 - constants
            {"before": before, "limit": limit, **values},
        )
        return [read(Incident, row[0]) for row in rows]

    @in_its_thread
    def update(self, /, incident: IncidentId, epoch: int, **fields: Any) -> Incident:
        with self.db.transaction():
            row = self.db.one("SELECT epoch FROM incident WHERE id = ?", incident)
            current = self._load(incident)
            if row is None or current is None:
                raise PermanentError(f"There is no incident {incident}.")
            if row[0] != epoch:
                raise LeaseLostError(f"Incident {incident} has a later writer (epoch {row[0]}, this one: {epoch}).")
            changed = Incident.model_validate({**current.model_dump(), **fields, "epoch": epoch})
            self._save(changed)
            return changed

    def _load(self, incident: str) -> Incident | None:
        row = self.db.one("SELECT body FROM incident WHERE id = ?", incident)
        return None if row is None else read(Incident, row[0])

    def _save(self, incident: Incident) -> None:
        self.db.execute(
            "UPDATE incident SET body = ?, open = ? WHERE id = ?",
            (incident.model_dump_json(), int(incident.open), incident.id),
        )
