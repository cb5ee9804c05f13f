"""Does a metric repeat itself by day or by hour, and what is left of it when that is taken off.

The cycle is learnt from the past: the median of each phase. It counts only when the phases explain a good part of the
scatter, and when the first half of the past tells the second.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal

from mcp_servers.signals.series.levels import Point

Cycle = Literal["daily", "hourly"]

LENGTHS: Final[dict[Cycle, float]] = {"daily": 86_400.0, "hourly": 3_600.0}
PHASES: Final[dict[Cycle, int]] = {"daily": 24, "hourly": 12}
LEAST_CYCLES: Final = 3
LEAST_STRENGTH: Final = 0.5  # of the scatter that the phases have to explain
LEAST_ALIKE: Final = 0.6  # correlation between the halves' phases


@dataclass(frozen=True)
class Season:
    """`profile[phase]` is how far the metric usually lies off its middle then; `strength` the share it explains."""

    cycle: Cycle
    strength: float
    profile: tuple[float, ...]

    def usual(self, at: float) -> float:
        """How far off its middle the metric usually is at this time."""
        return self.profile[_phase(self.cycle, at)]


def season(points: Sequence[Point]) -> Season | None:
    """The stronger of the cycles that the past shows; None where it shows none."""
    seasons = [one for cycle in LENGTHS if (one := _season(cycle, points)) is not None]
    return max(seasons, key=lambda one: one.strength, default=None)


def without(season: Season, points: Sequence[Point]) -> list[Point]:
    """The series with what its cycle explains taken off."""
    return [(at, value - season.usual(at)) for at, value in points]


def _season(cycle: Cycle, points: Sequence[Point]) -> Season | None:
    if not points or points[-1][0] - points[0][0] < LEAST_CYCLES * LENGTHS[cycle] * 0.99:
        return None
    profile = _profile(cycle, points)
    if profile is None:
        return None
    middle = median(value for _, value in points)
    scatter = sum(abs(value - middle) for _, value in points)
    left = sum(abs(value - middle - profile[_phase(cycle, at)]) for at, value in points)
    strength = 1.0 - left / scatter if scatter else 0.0
    half = (points[0][0] + points[-1][0]) / 2
    first = _profile(cycle, [point for point in points if point[0] < half])
    second = _profile(cycle, [point for point in points if point[0] >= half])
    if strength < LEAST_STRENGTH or first is None or second is None or alike(first, second) < LEAST_ALIKE:
        return None
    return Season(cycle, round(strength, 3), profile)


def _profile(cycle: Cycle, points: Sequence[Point]) -> tuple[float, ...] | None:
    """The median of each phase off the middle; None when a phase was never seen."""
    by_phase: dict[int, list[float]] = defaultdict(list)
    for at, value in points:
        by_phase[_phase(cycle, at)].append(value)
    if len(by_phase) < PHASES[cycle]:
        return None
    middle = median(value for _, value in points)
    return tuple(median(by_phase[phase]) - middle for phase in range(PHASES[cycle]))


def _phase(cycle: Cycle, at: float) -> int:
    return int(at % LENGTHS[cycle] / LENGTHS[cycle] * PHASES[cycle])


def alike(first: Sequence[float], second: Sequence[float]) -> float:
    """The correlation of two equally long series, from -1 to 1; zero where one of them does not move."""
    n = len(first)
    a, b = sum(first) / n, sum(second) / n
    both = sum((x - a) * (y - b) for x, y in zip(first, second, strict=True))
    size = (sum((x - a) ** 2 for x in first) * sum((y - b) ** 2 for y in second)) ** 0.5
    return both / size if size else 0.0
