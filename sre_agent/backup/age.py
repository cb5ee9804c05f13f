"""How old the last whole backup is, for who tells it all the time: by its name, which says when it was begun.

So nothing of a backup is read or decrypted, and the right to list its place is enough. A look that fails leaves what
was seen before, which grows older: that nobody can look never makes a backup young.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

import structlog

from sre_agent.aws_services.clients import AwsServices
from sre_agent.backup.opening import open_place
from sre_agent.backup.places import BackupPlace, begin_of
from sre_agent.clock import Clock
from sre_agent.errors import SreAgentError
from sre_agent.settings import BackupSettings, StateAccess

LOG = structlog.get_logger("sre_agent.backup")
LOOK_EVERY: Final = timedelta(minutes=5)


class BackupAge:
    """Of the backups in one place. Where none was ever seen, it is counted from when this object was made."""

    def __init__(self, place: BackupPlace, clock: Clock) -> None:
        self._place, self._clock = place, clock
        self._newest = clock.now()
        self._looked_at: datetime | None = None

    @classmethod
    def of(cls, settings: BackupSettings, access: StateAccess, clock: Clock) -> BackupAge | None:
        """None where the settings name no place. Raises SettingsError."""
        address = settings.backup_to
        return cls(open_place(address, AwsServices(access), access), clock) if address else None

    async def seconds(self) -> float:
        """Since the newest whole backup was begun, as it was seen in the last few minutes."""
        now = self._clock.now()
        if self._looked_at is None or now - self._looked_at >= LOOK_EVERY:
            self._looked_at = now
            await self._look()
        return max(0.0, (self._clock.now() - self._newest).total_seconds())

    async def _look(self) -> None:
        try:
            names = await asyncio.to_thread(self._place.backups)
        except (SreAgentError, OSError) as problem:
            LOG.warning("backup", action="look", status="unavailable", error=str(problem))
            return
        if names:
            self._newest = begin_of(names[-1])
