"""A straight line through figures by day, and between what the next ones will lie with 95 %."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

T_VALUES: Final = (
    (3, 4.30),
    (4, 3.18),
    (5, 2.78),
    (7, 2.45),
    (10, 2.31),
    (15, 2.16),
    (30, 2.05),
)  # (points, t) of 95 %
LARGE: Final = 1.96
LEAST: Final = 3  # points, of which fewer have no interval


@dataclass(frozen=True)
class LinearTrend:
    """`slope` is by day. `at` gives a figure with the interval that it will lie in."""

    slope: float
    mean_x: float
    mean_y: float
    spread: float
    squares: float
    points: int

    def at(self, day: float) -> tuple[float, float, float]:
        """(expected, at least, at most) on that day."""
        expected = self.mean_y + self.slope * (day - self.mean_x)
        distance = (day - self.mean_x) ** 2 / self.squares if self.squares else 0.0
        reach = _t(self.points) * self.spread * math.sqrt(1 + 1 / self.points + distance)
        return expected, expected - reach, expected + reach


def linear_trend(points: Sequence[tuple[float, float]]) -> LinearTrend | None:
    """By least squares, of (day, figure); None of fewer than three days."""
    if len({x for x, _ in points}) < LEAST:
        return None
    n = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    squares = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / squares
    residuals = sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in points)
    return LinearTrend(slope, mean_x, mean_y, math.sqrt(residuals / (n - 2)), squares, n)


def _t(points: int) -> float:
    """Student's t for two sides of 95 %, never too small."""
    fitting = [t for count, t in T_VALUES if count <= points]
    return LARGE + (0.1 if points < 60 else 0.02) if points > T_VALUES[-1][0] else fitting[-1]
