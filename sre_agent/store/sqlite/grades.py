"""What people said of verdicts afterwards."""

from __future__ import annotations

from typing import Final

from sre_agent.database import Tables, in_its_thread
from sre_agent.domain.base import IncidentId
from sre_agent.domain.incident_grade import IncidentGrade
from sre_agent.store.contract.bodies import read, sortable

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS grade (incident TEXT PRIMARY KEY, at TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS grade_by_time ON grade (at);
"""


class GradeTables(Tables):
    @in_its_thread
    def keep_grade(self, grade: IncidentGrade) -> None:
        self.db.execute(
            """INSERT INTO grade (incident, at, body) VALUES (?, ?, ?)
               ON CONFLICT (incident) DO UPDATE SET at = excluded.at, body = excluded.body""",
            (grade.incident, sortable(grade.at), grade.model_dump_json()),
        )

    @in_its_thread
    def grade(self, incident: IncidentId) -> IncidentGrade | None:
        row = self.db.one("SELECT body FROM grade WHERE incident = ?", incident)
        return None if row is None else read(IncidentGrade, row[0])

    @in_its_thread
    def grades(self, *, limit: int = 200, before: str = "") -> list[IncidentGrade]:
        older = "(at, incident) < (SELECT at, incident FROM grade WHERE incident = :before)" if before else "1"
        rows = self.db.execute(
            f"SELECT body FROM grade WHERE {older} ORDER BY at DESC, incident DESC LIMIT :limit",  # noqa: S608 - constants
            {"before": before, "limit": limit},
        )
        return [read(IncidentGrade, row[0]) for row in rows]
