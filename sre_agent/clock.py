"""The one injected clock. Nothing else in the responder asks for the time or waits."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, in UTC."""

    async def sleep_until(self, when: datetime) -> None:
        """Return when `when` has come. A clock that can jump goes there at once."""


class SystemClock:
    """The wall's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep_until(self, when: datetime) -> None:
        await asyncio.sleep(max(0.0, (when - self.now()).total_seconds()))
