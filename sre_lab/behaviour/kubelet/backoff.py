"""How long the kubelet waits before it tries again: the doubling back-off of container restarts and image pulls."""

from __future__ import annotations

from dataclasses import dataclass

INITIAL = 10.0
MAXIMUM = 300.0


@dataclass
class Backoff:
    """One container's or one image's back-off. All times in epoch seconds, `delay` in seconds (0: never failed)."""

    delay: float = 0.0
    updated: float = 0.0

    def holds_since(self, event_at: float, now: float) -> bool:
        """Whether the wait counted from the event (a container's end) is not over yet."""
        return self.delay > 0 and not self._forgotten(event_at) and now - event_at < self.delay

    def holds(self, now: float) -> bool:
        """Whether the wait counted from the last failure is not over yet."""
        return self.delay > 0 and now - self.updated < self.delay

    def step(self, event_at: float, now: float) -> None:
        """Lengthen the wait, or start afresh when the last one is twice the maximum ago."""
        fresh = self.delay == 0 or self._forgotten(event_at)
        self.delay = INITIAL if fresh else min(self.delay * 2, MAXIMUM)
        self.updated = now

    def _forgotten(self, event_at: float) -> bool:
        return event_at - self.updated > 2 * MAXIMUM


def go_duration(span: float) -> str:
    """Seconds as Go prints a time.Duration: `290ms`, `1.5s`, `1m20s`, `5m0s`."""
    if span < 1:
        return f"{round(span * 1000)}ms"
    minutes, rest = divmod(round(span, 3), 60)
    text = f"{rest:.3f}".rstrip("0").rstrip(".")
    return f"{int(minutes)}m{text}s" if minutes else f"{text}s"
