"""Moments at which a metric does what it never did: a detector that sees one point after the other, and never ahead.

A value is surprising when it leaves everything that was seen in the last two weeks by a share of the usual scatter.
The same is asked of the mean of the last hour, which finds the shift whose single values are not remarkable. What was
surprising once belongs to the past then, so that a long disturbance is told once, and again only when it grows.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from mcp_servers.signals.series.levels import Point

REMEMBERED = 4032  # points: two weeks of five minutes
WARM_UP = 144  # points before anything can be surprising
AVERAGED = 12  # points in the mean that finds shifts
QUIET_POINTS = 72  # after one surprise the next one that is told has to be so far away
MARGIN = 0.3  # of the scatter, beyond the extremes
LEAST_SCATTER = 0.02  # of the middle: a metric that hardly moves is not surprised by less
ONE_SIDE = 0.25  # of the larger side's scatter that the smaller side is given

Side = Literal["above", "below"]


@dataclass(frozen=True)
class Anomaly:
    """`value` of the series (or of its mean over the last AVERAGED points) left [least, greatest] of the past."""

    at: float  # seconds since 1970
    value: float
    side: Side
    least: float
    greatest: float
    averaged: bool


class ValueWindow:
    """The last values in order of size."""

    def __init__(self) -> None:
        self._ordered: list[float] = []
        self._arrived: deque[float] = deque()

    def surprise(self, value: float) -> Side | None:
        """On which side `value` leaves what is remembered; None while too little is."""
        if len(self._ordered) < WARM_UP:
            return None
        middle = self._at(0.5)
        above, below = self._at(0.99) - middle, middle - self._at(0.01)
        least = max(ONE_SIDE * max(above, below), LEAST_SCATTER * abs(middle))
        if value > self._ordered[-1] + MARGIN * max(above, least):
            return "above"
        if value < self._ordered[0] - MARGIN * max(below, least):
            return "below"
        return None

    def keep(self, value: float) -> None:
        insort(self._ordered, value)
        self._arrived.append(value)
        if len(self._arrived) > REMEMBERED:
            self._ordered.pop(bisect_left(self._ordered, self._arrived.popleft()))

    @property
    def extremes(self) -> tuple[float, float]:
        return self._ordered[0], self._ordered[-1]

    def _at(self, share: float) -> float:
        return self._ordered[min(len(self._ordered) - 1, int(share * len(self._ordered)))]


class Detector:
    """One series, point by point in time order. Memory and time per point are bounded."""

    def __init__(self) -> None:
        self._values, self._means = ValueWindow(), ValueWindow()
        self._last: deque[float] = deque(maxlen=AVERAGED)
        self._seen = 0
        self._told = -QUIET_POINTS - 1

    def see(self, at: float, value: float) -> Anomaly | None:
        """The anomaly that this point is, when it is one and none was told shortly before."""
        self._seen += 1
        self._last.append(value)
        found = _judged(self._values, at, value, averaged=False)
        if len(self._last) == AVERAGED:
            found = _judged(self._means, at, sum(self._last) / AVERAGED, averaged=True) or found
        if found is None or self._seen - self._told <= QUIET_POINTS:
            return None
        self._told = self._seen
        return found


def anomalies(points: Iterable[Point]) -> list[Anomaly]:
    """Every anomalous moment of a series in time order, found in stream order."""
    detector = Detector()
    return [found for at, value in points if (found := detector.see(at, value)) is not None]


def _judged(memory: ValueWindow, at: float, value: float, *, averaged: bool) -> Anomaly | None:
    side = memory.surprise(value)
    found = Anomaly(at, value, side, *memory.extremes, averaged) if side is not None else None
    memory.keep(value)
    return found
