"""What is remembered of incidents that have ended, with a full-text index over what they were about."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sre_agent.database import Tables, in_its_thread
from sre_agent.domain.base import IncidentId
from sre_agent.domain.past_incident import PastIncident
from sre_agent.store.contract.bodies import read, sortable
from sre_agent.store.contract.past_incidents import words_of

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS past_incident (
  incident TEXT PRIMARY KEY, place TEXT NOT NULL, namespace TEXT NOT NULL, alarm TEXT NOT NULL, ended_at TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS past_incident_by_end ON past_incident (ended_at);
CREATE INDEX IF NOT EXISTS past_incident_by_namespace ON past_incident (place, namespace, ended_at);
CREATE INDEX IF NOT EXISTS past_incident_by_alarm ON past_incident (place, alarm, ended_at);
CREATE VIRTUAL TABLE IF NOT EXISTS past_incident_text USING fts5 (incident UNINDEXED, text);
"""
OF_NAMESPACE: Final = "place = :place AND namespace = :namespace"


class PastIncidentTables(Tables):
    @in_its_thread
    def keep_past_incident(self, past: PastIncident) -> None:
        with self.db.transaction():
            self._remove_past(past.incident)
            self.db.execute(
                """INSERT INTO past_incident (incident, place, namespace, alarm, ended_at, body)
                   VALUES (?, ?, ?, ?, ?, ?)""",
                (
                    *(past.incident, past.place, past.namespace, past.alarm),
                    *(sortable(past.ended_at), past.model_dump_json()),
                ),
            )
            self.db.execute("INSERT INTO past_incident_text (incident, text) VALUES (?, ?)", (past.incident, past.text))

    @in_its_thread
    def past_incident(self, incident: IncidentId) -> PastIncident | None:
        row = self.db.one("SELECT body FROM past_incident WHERE incident = ?", incident)
        return None if row is None else read(PastIncident, row[0])

    @in_its_thread
    def past_incidents(
        self, *, place: str = "", namespace: str | None = None, limit: int = 200, before: str = ""
    ) -> list[PastIncident]:
        older = "(ended_at, incident) < (SELECT ended_at, incident FROM past_incident WHERE incident = :before)"
        where = " AND ".join([OF_NAMESPACE] * (namespace is not None) + [older] * bool(before)) or "1"
        rows = self.db.execute(
            f"SELECT body FROM past_incident WHERE {where} ORDER BY ended_at DESC, incident DESC LIMIT :limit",  # noqa: S608 - constants
            {"place": place, "namespace": namespace, "before": before, "limit": limit},
        )
        return [read(PastIncident, row[0]) for row in rows]

    @in_its_thread
    def past_incidents_of_alarm(self, alarm: str, *, place: str, limit: int) -> list[PastIncident]:
        rows = self.db.execute(
            """SELECT body FROM past_incident WHERE place = ? AND alarm = ?
               ORDER BY ended_at DESC, incident DESC LIMIT ?""",
            (place, alarm, limit),
        )
        return [read(PastIncident, row[0]) for row in rows]

    @in_its_thread
    def past_incidents_like(self, text: str, *, place: str, namespace: str, limit: int) -> list[PastIncident]:
        words = " OR ".join(f'"{word}"' for word in words_of(text))
        if not words:
            return []
        rows = self.db.execute(
            f"""SELECT body FROM past_incident_text JOIN past_incident USING (incident)
                WHERE past_incident_text MATCH :words AND {OF_NAMESPACE}
                ORDER BY bm25(past_incident_text) LIMIT :limit""",  # noqa: S608 - constants
            {"words": words, "place": place, "namespace": namespace, "limit": limit},
        )
        return [read(PastIncident, row[0]) for row in rows]

    @in_its_thread
    def forget_past_incident(self, incident: IncidentId) -> bool:
        with self.db.transaction():
            return self._remove_past(incident)

    @in_its_thread
    def forget_past_incidents(self, *, ended_before: datetime, most: int) -> list[IncidentId]:
        with self.db.transaction():
            rows = self.db.execute(
                """SELECT incident FROM past_incident WHERE ended_at < :ended_before OR incident NOT IN
                   (SELECT incident FROM past_incident ORDER BY ended_at DESC, incident DESC LIMIT :most)""",
                {"ended_before": sortable(ended_before), "most": most},
            )
            old_ones = [IncidentId(str(row[0])) for row in rows]
            for incident in old_ones:
                self._remove_past(incident)
            return old_ones

    def _remove_past(self, incident: str) -> bool:
        self.db.execute("DELETE FROM past_incident_text WHERE incident = ?", (incident,))
        return self.db.execute("DELETE FROM past_incident WHERE incident = ?", (incident,)).rowcount > 0
