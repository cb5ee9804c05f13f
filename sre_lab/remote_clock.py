"""The responder's clock beside a lab whose clock stands: both jump together, and nothing waits."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from sre_lab.process import LabControl


class LabClock:
    """Time moves only when somebody here waits for it; then the lab simulates what happens in between at once."""

    def __init__(self, control: LabControl) -> None:
        self._control = control
        self._now = control.now()
        self._moving = asyncio.Lock()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._now, UTC)

    async def sleep_until(self, when: datetime) -> None:
        async with self._moving:  # waits at the same time are one wait, to the latest of them
            span = when.timestamp() - self._now
            if span > 0:
                self._now = await asyncio.to_thread(self._control.advance, span)
