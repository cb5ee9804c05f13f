"""The lab's one clock: discrete events in virtual time.

The past of a scenario is simulated at once, then the clock follows the wall, or stands still until somebody moves it.
Everything that happens in the lab is an event of this clock, run in the order of time and, at the same time, of
scheduling; so one seed gives one history.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

Seconds = float  # since the epoch, or a span


@dataclass(slots=True)
class ScheduledAction:
    """One future action; `cancel()` makes it never run."""

    at: Seconds
    action: Callable[[], None] | None

    def cancel(self) -> None:
        self.action = None


class VirtualClock:
    """Time in epoch seconds; moves only through `advance_to`, `catch_up` and the events between."""

    def __init__(self, start: Seconds) -> None:
        self._now = start
        self._queue: list[tuple[Seconds, int, ScheduledAction]] = []  # a heap by time and order of scheduling
        self._sequence = itertools.count()
        self._wall_offset: Seconds | None = None
        self._running = False

    def now(self) -> Seconds:
        return self._now

    @property
    def follows_wall(self) -> bool:
        return self._wall_offset is not None

    def at(self, when: Seconds, action: Callable[[], None]) -> ScheduledAction:
        """Run `action` at `when`; a time that has passed means as soon as the clock moves."""
        event = ScheduledAction(max(when, self._now), action)
        heapq.heappush(self._queue, (event.at, next(self._sequence), event))
        return event

    def after(self, delay: Seconds, action: Callable[[], None]) -> ScheduledAction:
        return self.at(self._now + delay, action)

    def every(self, period: Seconds, action: Callable[[], None]) -> None:
        """Run `action` each `period` from one period on, at whole multiples of it (as alarms and scrapes do)."""

        def tick() -> None:
            action()
            self.at(self._now + period, tick)

        self.at((self._now // period + 1) * period, tick)

    def advance_to(self, when: Seconds) -> None:
        """Run every event up to and including `when`, then stand there. Going back is not possible and ignored."""
        if self._running:  # an event must not move the clock under the one that runs it
            return
        self._running = True
        try:
            while self._queue and self._queue[0][0] <= when:
                at, _, event = heapq.heappop(self._queue)
                if event.action is None:
                    continue
                self._now = max(self._now, at)
                event.action()
            self._now = max(self._now, when)
        finally:
            self._running = False

    def advance(self, span: Seconds) -> None:
        self.advance_to(self._now + span)

    def follow_wall(self) -> None:
        """From here on `catch_up` maps the wall's time onto this clock, starting at the present of both."""
        self._wall_offset = self._now - time.time()

    def catch_up(self) -> None:
        """Run what is due by the wall's time; does nothing while the clock stands."""
        if self._wall_offset is not None:
            self.advance_to(time.time() + self._wall_offset)

    def next_event_at(self) -> Seconds | None:
        while self._queue and self._queue[0][2].action is None:
            heapq.heappop(self._queue)
        return self._queue[0][0] if self._queue else None


@lru_cache(maxsize=4096)
def rfc3339(when: Seconds, *, micro: bool = False) -> str:
    """Kubernetes' `metav1.Time` (whole seconds) or, with `micro`, `metav1.MicroTime`."""
    moment = datetime.fromtimestamp(when, UTC)
    return moment.isoformat(timespec="microseconds" if micro else "seconds").removesuffix("+00:00") + "Z"


@lru_cache(maxsize=4096)
def from_rfc3339(text: str) -> Seconds:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
