"""The clock of a backtest: it stands at a time that is over, and moves only forward, by whoever waits."""

from __future__ import annotations

from datetime import datetime


class PastClock:
    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    async def sleep_until(self, when: datetime) -> None:
        self._now = max(self._now, when)
