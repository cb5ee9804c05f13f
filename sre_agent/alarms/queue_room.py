"""Whether more may wait: what is due is counted now and then, not for every alarm of a storm."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sre_agent.clock import Clock
from sre_agent.store import Store

COUNT_SECONDS: Final = 0.5  # for which a count of what waits is believed


class QueueRoom:
    """Alarms and requests over HTTP share it. `most_waiting` is how many messages may be due before nothing opens
    another incident. What other processes let in between two counts may exceed it."""

    def __init__(self, store: Store, clock: Clock, most_waiting: int) -> None:
        self._store, self._clock, self._most_waiting = store, clock, most_waiting
        self._due = 0
        self._counted_at: datetime | None = None

    def add(self, messages: int) -> None:
        """What was let in since the last count."""
        self._due += messages

    async def messages_over(self) -> int:
        """How many messages wait where that is too many, else 0."""
        now = self._clock.now()
        if self._counted_at is None or now - self._counted_at >= timedelta(seconds=COUNT_SECONDS):
            self._counted_at = now
            self._due = (await self._store.message_depth(now)).due
        return self._due if self._due >= self._most_waiting else 0
