"""Which incident may write to which target at the moment: one at a time, for as long as its claim lasts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sre_agent.database import Tables, in_its_thread
from sre_agent.domain.base import IncidentId
from sre_agent.store.contract.bodies import sortable

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS claim (target TEXT PRIMARY KEY, incident TEXT NOT NULL, until TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS claim_of_incident ON claim (incident);
"""


class ClaimTables(Tables):
    @in_its_thread
    def claim(self, target: str, incident: IncidentId, now: datetime, seconds: float) -> IncidentId:
        until = sortable(now + timedelta(seconds=seconds))
        row = self.db.execute(
            """INSERT INTO claim (target, incident, until) VALUES (:target, :incident, :until)
               ON CONFLICT (target) DO UPDATE SET
                 until = CASE WHEN incident = :incident OR until <= :now THEN :until ELSE until END,
                 incident = CASE WHEN incident = :incident OR until <= :now THEN :incident ELSE incident END
               RETURNING incident""",
            {"target": target, "incident": incident, "until": until, "now": sortable(now)},
        ).fetchone()
        return IncidentId(row[0])

    @in_its_thread
    def release_claims(self, incident: IncidentId) -> None:
        self.db.execute("DELETE FROM claim WHERE incident = ?", (incident,))
