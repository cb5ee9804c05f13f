"""A breaker leaves alone what failed again and again, then lets one attempt find out whether it is back.

Chat models and tool servers have one each. It reads the time that it is given, and nothing waits here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

BreakerState = Literal["closed", "open", "half_open"]


class Breaker:
    """Opens after `failures` one after the other, for `pause`; each further failure doubles that, up to `longest`."""

    def __init__(self, failures: int, pause: timedelta, longest: timedelta | None = None) -> None:
        self._most, self._pause, self._longest = failures, pause, longest or pause
        self._failures = 0
        self._until: datetime | None = None
        self._probing = False

    def admits(self, now: datetime) -> bool:
        """Whether an attempt may be made now. After a pause the first to ask makes the only one until it has ended."""
        if self._until is None:
            return True
        if now < self._until or self._probing:
            return False
        self._probing = True
        return True

    @property
    def until(self) -> datetime | None:
        """When it may be tried again; None while it is not left alone."""
        return self._until

    @property
    def failures(self) -> int:
        """One after the other, until now."""
        return self._failures

    def state(self, now: datetime) -> BreakerState:
        """`half_open` from the end of the pause until the attempt that is made then has ended."""
        if self._until is None:
            return "closed"
        return "open" if now < self._until else "half_open"

    def succeeded(self) -> None:
        self._failures, self._until, self._probing = 0, None, False

    def recovering(self) -> None:
        """Let it be used again; it is not proved well, so that its next failure opens the breaker at once."""
        if self._until is not None:
            self._failures, self._until = max(self._failures, self._most) - 1, None
        self._probing = False

    def failed(self, now: datetime, pause: timedelta | None = None) -> None:
        """With a `pause` of its own it is left alone at once, for so long."""
        self._probing = False
        self._failures += 1
        if pause is not None:
            self._until = now + pause
        elif self._failures >= self._most:
            next_pause = self._pause * 2 ** min(self._failures - self._most, 16)
            self._until = now + min(next_pause, self._longest)

    def abandoned(self) -> None:
        """An attempt was called off before it ended."""
        self._probing = False
