"""What people said of verdicts afterwards."""

from __future__ import annotations

from typing import Protocol

from sre_agent.domain.base import IncidentId
from sre_agent.domain.incident_grade import IncidentGrade


class GradeStore(Protocol):
    async def keep_grade(self, grade: IncidentGrade) -> None:
        """In place of an earlier one of the incident. It stays when the incident is forgotten."""

    async def grade(self, incident: IncidentId) -> IncidentGrade | None: ...

    async def grades(self, *, limit: int = 200, before: str = "") -> list[IncidentGrade]:
        """Newest first; with `before` (an incident) those that were given before its grade."""
