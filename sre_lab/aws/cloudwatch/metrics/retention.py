"""How long CloudWatch keeps datapoints of which period: fine ones a short time, coarse ones long."""

from __future__ import annotations

import math

HOUR, DAY = 3_600.0, 86_400.0
# (a period that is a multiple of so many seconds, is kept for so many seconds), coarsest first
KEPT: tuple[tuple[int, float], ...] = ((3_600, 455 * DAY), (300, 63 * DAY), (60, 15 * DAY), (1, 3 * HOUR))


def kept_for(period: int) -> float:
    """Seconds for which datapoints of this period can be asked for."""
    return next(retention for multiple, retention in KEPT if period % multiple == 0)


def held_from(now: float, period: int, start: float) -> float:
    """`start`, or the first whole period after it of which there still is something."""
    oldest = now - kept_for(period)
    return start if start >= oldest else math.ceil(oldest / period) * period
