"""Which metrics moved when a symptom did, which of them first.

Two things are asked of each: when it left its level, and how well its ups and downs fit the symptom's at the best lag.
That one moved before the other is an order in time, never a cause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mcp_servers.signals.series.levels import Level, Point, level
from mcp_servers.signals.series.seasons import alike

LEAST_COMMON: Final = 8  # points
LAGS: Final = 10  # periods in either direction
TOGETHER: Final = 0.6  # correlation from which two metrics moved together


@dataclass(frozen=True)
class Move:
    """`lag` is the seconds by which its onset came after the symptom's (below zero: before it)."""

    name: str
    level: Level
    lag: float
    correlation: float

    @property
    def with_symptom(self) -> bool:
        return abs(self.correlation) >= TOGETHER


def moves(symptom: Sequence[Point], others: Mapping[str, Sequence[Point]], period: float) -> list[Move]:
    """Of the other series those that left their level, the first to move first. Empty while the symptom is steady."""
    of_symptom = level(symptom)
    if of_symptom.kind not in ("changed", "back_to_normal"):
        return []
    result = []
    for name, points in others.items():
        series_level = level(points)
        if series_level.kind in ("changed", "back_to_normal"):
            together = correlation(symptom, points, period)
            result.append(Move(name, series_level, series_level.onset - of_symptom.onset, round(together, 3)))
    return sorted(result, key=lambda move: (not move.with_symptom, move.lag, -abs(move.correlation)))


def correlation(symptom: Sequence[Point], other: Sequence[Point], period: float) -> float:
    """The rank correlation at the lag that fits best; zero where the series have too little in common."""
    mine = {round(at / period): value for at, value in symptom}
    theirs = {round(at / period): value for at, value in other}
    best = 0.0
    for lag in range(-LAGS, LAGS + 1):
        common = [(mine[slot], theirs[slot + lag]) for slot in mine if slot + lag in theirs]
        if len(common) >= LEAST_COMMON:
            coefficient = alike(_ranks([a for a, _ in common]), _ranks([b for _, b in common]))
            best = max(best, coefficient, key=abs)
    return best


def _ranks(values: list[float]) -> list[float]:
    """The place of each value in order of size; equal values share the mean of their places."""
    ordered = sorted(values)
    first: dict[float, int] = {}
    last: dict[float, int] = {}
    for place, value in enumerate(ordered):
        first.setdefault(value, place)
        last[value] = place
    return [(first[value] + last[value]) / 2 for value in values]
