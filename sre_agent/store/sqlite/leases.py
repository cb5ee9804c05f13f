"""The writer's lease of an incident: columns of its row."""

from __future__ import annotations

from datetime import datetime, timedelta

from sre_agent.database import Tables, in_its_thread
from sre_agent.domain.base import IncidentId
from sre_agent.errors import PermanentError


class LeaseTables(Tables):
    @in_its_thread
    def lease(self, incident: IncidentId, holder: str, now: datetime, seconds: float) -> int | None:
        with self.db.transaction():
            row = self.db.one("SELECT holder, epoch, leased_until FROM incident WHERE id = ?", incident)
            if row is None:
                raise PermanentError(f"There is no incident {incident}.")
            held_by, epoch, until = row
            if held_by and held_by != holder and until > now.isoformat():
                return None
            self.db.execute(
                "UPDATE incident SET holder = ?, epoch = ?, leased_until = ? WHERE id = ?",
                (holder, epoch + 1, (now + timedelta(seconds=seconds)).isoformat(), incident),
            )
            return int(epoch) + 1

    @in_its_thread
    def renew(self, incident: IncidentId, epoch: int, now: datetime, seconds: float) -> bool:
        done = self.db.execute(
            "UPDATE incident SET leased_until = ? WHERE id = ? AND epoch = ? AND holder != ''",
            ((now + timedelta(seconds=seconds)).isoformat(), incident, epoch),
        )
        return done.rowcount == 1

    @in_its_thread
    def writes(self, incident: IncidentId, epoch: int) -> bool:
        row = self.db.one("SELECT epoch FROM incident WHERE id = ?", incident)
        return row is not None and row[0] == epoch

    @in_its_thread
    def release(self, incident: IncidentId, epoch: int) -> None:
        self.db.execute(
            "UPDATE incident SET holder = '', leased_until = '' WHERE id = ? AND epoch = ?", (incident, epoch)
        )

    @in_its_thread
    def lease_holder(self, incident: IncidentId) -> str:
        row = self.db.one("SELECT holder FROM incident WHERE id = ?", incident)
        return "" if row is None else str(row[0])

    @in_its_thread
    def release_from(self, incident: IncidentId, holder: str) -> bool:
        done = self.db.execute(
            "UPDATE incident SET holder = '', leased_until = '' WHERE id = ? AND holder = ?", (incident, holder)
        )
        return done.rowcount == 1
