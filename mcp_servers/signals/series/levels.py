"""Has a metric left its level, come back, or stayed: a robust look at one series, without knowing what it means.

The series is cut into one, two or three stretches so that the absolute deviations from each stretch's median are
least (medians, so that single outliers neither make nor hide a change). A cut counts only when the medians around it
lie apart by more than the scatter within the stretches and by a tenth of the level.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from operator import add
from statistics import median
from typing import Literal

Point = tuple[float, float]  # seconds since 1970, value
Kind = Literal["changed", "back_to_normal", "steady", "missing"]

BUCKETS = 96  # the cost grows with its square
LEAST_BEFORE, LEAST_AFTER = 3, 2
SCATTER = 3.0  # how many times the scatter apart two levels have to lie
SHARE = 0.1  # and at least this share of the larger level


@dataclass(frozen=True)
class Level:
    """What became of the level. Times are seconds since 1970.

    `changed`: before, now, onset. `back_to_normal`: before, now, peak, onset, recovered. `steady`: now.
    """

    kind: Kind
    before: float = 0.0
    now: float = 0.0
    peak: float = 0.0
    onset: float = 0.0
    recovered: float = 0.0


def filled(points: Sequence[Point], start: float, end: float, period: float, value: float = 0.0) -> list[Point]:
    """The series on its whole grid from start up to before end, absent points as `value`: for counters of events."""
    have = {round((at - start) / period): v for at, v in points}
    return [(start + i * period, have.get(i, value)) for i in range(max(0, round((end - start) / period)))]


def level(points: Sequence[Point]) -> Level:
    """The judgement over a series in time order."""
    if not points:
        return Level("missing")
    few = merge(points)
    values = [value for _, value in few]
    steady = Level("steady", before=median(values), now=median(values))
    if len(values) <= LEAST_BEFORE + LEAST_AFTER:  # nothing that came back fits into so few
        return steady
    if min(values) == max(values):
        return steady
    cost = _costs(values)
    n = len(values)
    first, second = _two_cuts(cost)
    excursion = _excursion(few, first, second)
    if excursion is not None:
        return excursion
    _, cut = min((cost[0][a] + cost[a][n], a) for a in range(LEAST_BEFORE, n - LEAST_AFTER + 1))
    if _apart(values, [cut]):
        return _change(few, cut, cut)
    if _apart(values, [first, second], between=(0, 2)):
        return _change(few, first, second)
    return steady


def _two_cuts(cost: list[list[float]]) -> tuple[int, int]:
    """Where the three stretches begin whose costs are least, the first such places of several.

    Some thousand pairs of places for each series: sums are compared by the row, not one by one.
    """
    n = len(cost) - 1
    last = [row[n] for row in cost]
    best, first, second = inf, 0, 0
    for a in range(LEAST_BEFORE, n - LEAST_AFTER):
        sums = list(map(add, map(cost[0][a].__add__, cost[a][a + 1 : -LEAST_AFTER]), last[a + 1 :]))
        least = min(sums)
        if least < best:
            best, first, second = least, a, a + 1 + sums.index(least)
    return first, second


def _change(few: list[Point], a: int, b: int) -> Level:
    """From the level before a to the one since b; the onset is the first point on the way, however short it came."""
    values = [value for _, value in few]
    before, now = median(values[:a]), median(values[b:])
    first, _ = _widen(values, a, b, before, abs(now - before))
    return Level("changed", before=before, now=now, onset=few[first][0])


def _excursion(few: list[Point], a: int, b: int) -> Level | None:
    """The three stretches as an excursion that ended, when they are one."""
    values = [value for _, value in few]
    before = median(values[:a])
    a, b = _widen(values, a, b, before, max(abs(value - before) for value in values[a:b]))
    if not _apart(values, [a, b], between=(0, 1)) or _apart(values, [a, b], between=(0, 2)):
        return None
    before, now = median(values[:a]), median(values[b:])
    if abs(median(values[a:b]) - now) * 2 < abs(median(values[a:b]) - before):
        return None
    peak = max(values[a:b], key=lambda value: abs(value - before))
    rest = max(abs(value - before) for value in values[:a] + values[b:])
    if b - a < LEAST_AFTER and abs(peak - before) <= SCATTER * rest:
        return None  # one high point among others nearly as high is scatter
    return Level("back_to_normal", before=before, now=now, peak=peak, onset=few[a][0], recovered=few[b][0])


def _widen(values: list[float], a: int, b: int, before: float, height: float) -> tuple[int, int]:
    """The stretch [a, b) with the neighbours that are off the level too: first and last periods are often partial."""
    off = max(SHARE * height, SCATTER * _scatter(values, [a, b]))
    while a > LEAST_BEFORE and abs(values[a - 1] - before) > off:
        a -= 1
    while b < len(values) - LEAST_AFTER and abs(values[b] - before) > off:
        b += 1
    return a, b


def _apart(values: list[float], cuts: list[int], between: tuple[int, int] = (0, 1)) -> bool:
    """Whether two of the stretches lie on different levels, measured by the scatter within all of them."""
    levels = [median(stretch) for stretch in _stretches(values, cuts)]
    first, second = levels[between[0]], levels[between[1]]
    distance = abs(first - second)
    return distance > SCATTER * _scatter(values, cuts) and distance > SHARE * max(abs(first), abs(second))


def _scatter(values: list[float], cuts: list[int]) -> float:
    """How far points lie off their own stretch's median, robustly; about one standard deviation of plain noise."""
    stretches = _stretches(values, cuts)
    off = sorted(abs(v - m) for stretch in stretches for m in [median(stretch)] for v in stretch)
    return max(1.4826 * median(off), off[int(0.9 * (len(off) - 1))] / 1.645)


def _stretches(values: list[float], cuts: list[int]) -> list[list[float]]:
    edges = [0, *cuts, len(values)]
    return [values[i:j] for i, j in pairwise(edges) if j > i]


def _costs(values: list[float]) -> list[list[float]]:
    """cost[i][j]: the sum of absolute deviations of values[i:j] from their median.

    A value more adds its distance from the median, or from the nearer one of two: nothing is summed anew.
    """
    n = len(values)
    cost = [[0.0] * (n + 1) for _ in range(n + 1)]
    for i, row in enumerate(cost[:n]):
        ordered, total = [values[i]], 0.0
        for j in range(i + 1, n):
            value, size = values[j], j - i
            low, high = ordered[(size - 1) // 2], ordered[size // 2]
            total += low - value if value < low else value - high if value > high else 0.0
            row[j + 1] = total
            insort(ordered, value)
    return cost


def merge(points: Sequence[Point]) -> list[Point]:
    """At most BUCKETS points, each the median of its neighbours at the time of the first."""
    size = -(-len(points) // BUCKETS)
    if size == 1:
        return list(points)
    groups = [points[i : i + size] for i in range(0, len(points), size)]
    return [(group[0][0], median(value for _, value in group)) for group in groups]
