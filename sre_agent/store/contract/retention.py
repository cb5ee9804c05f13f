"""Nothing grows without end."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class RetentionStore(Protocol):
    async def forget(self, *, ended_before: datetime, events_before: datetime) -> list[str]:
        """Remove incidents that ended before then with all that belongs to them, chat sessions and sweeps of before
        then, and replies of before then, and entries of the record of before then that belong to no incident; which
        incidents. What model calls cost stays, and so does a signed checkpoint where entries stood."""
