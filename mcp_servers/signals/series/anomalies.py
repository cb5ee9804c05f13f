"""Moments at which a metric does what it does not usually do: a detector that sees one point after the other, and
never ahead.

Three views of the series have a usual range each: the value, the mean of the last hour (a shift whose single values
are not remarkable), and the distance from the level of the last hours (a jump within a range that a cycle or a slow
drift has made wide). What was surprising once belongs to the past then, so that a long disturbance is told once, and
again only when it grows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mcp_servers.signals.series.levels import Point
from mcp_servers.signals.series.usual_range import Sensitivity, Side, UsualRange

AVERAGED: Final = 12  # points in the mean that finds shifts
LEVEL_SHARE: Final = 0.05  # that each point has in the level of the last hours
QUIET_POINTS: Final = 72  # after one surprise the next one that is told has to be so far away
PLAIN: Final = Sensitivity()


@dataclass(frozen=True)
class Anomaly:
    """`value` of the series (or of its mean over the last AVERAGED points) lies outside [least, greatest]."""

    at: float  # seconds since 1970
    value: float
    side: Side
    least: float
    greatest: float
    averaged: bool


class Detector:
    """One series, point by point in time order. Memory and time per point are bounded."""

    def __init__(self, sensitivity: Sensitivity = PLAIN) -> None:
        self._values, self._means, self._jumps = (UsualRange(sensitivity) for _ in range(3))
        self._last: deque[float] = deque(maxlen=AVERAGED)
        self._level: float | None = None
        self._count = 0
        self._last_report = -QUIET_POINTS - 1

    def see(self, at: float, value: float) -> Anomaly | None:
        """The anomaly that this point is, when it is one and none was told shortly before."""
        self._count += 1
        self._last.append(value)
        level = value if self._level is None else self._level
        anomaly = _judge(self._jumps, at, value, level)
        anomaly = _judge(self._values, at, value) or anomaly
        if len(self._last) == AVERAGED:
            anomaly = _judge(self._means, at, sum(self._last) / AVERAGED, is_average=True) or anomaly
        self._level = level + LEVEL_SHARE * (value - level)
        if anomaly is None or self._count - self._last_report <= QUIET_POINTS:
            return None
        self._last_report = self._count
        return anomaly


def anomalies(points: Iterable[Point], sensitivity: Sensitivity = PLAIN) -> list[Anomaly]:
    """Every anomalous moment of a series in time order, found in stream order."""
    detector = Detector(sensitivity)
    return [anomaly for at, value in points if (anomaly := detector.see(at, value)) is not None]


def _judge(view: UsualRange, at: float, value: float, base: float = 0.0, *, is_average: bool = False) -> Anomaly | None:
    """`value`, by the range of its distance from `base`."""
    bounds = view.bounds
    view.keep(value - base)
    if bounds is None:
        return None
    least, greatest = base + bounds[0], base + bounds[1]
    if least <= value <= greatest:
        return None
    return Anomaly(at, value, "above" if value > greatest else "below", least, greatest, is_average)
