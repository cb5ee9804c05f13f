"""The model behind a band: level, trend, hour of day and day of week, and how far values stray from these.

Every part is a median, so that an incident within the past does not move what is expected:

- trend: the median slope between the medians of whole days, once three days are known;
- hour of day: the median distance from the trend in each hour, once each hour was seen on two days;
- day of week: the median distance from both on each weekday, once each weekday was seen twice;
- level: the median of what is left; spread: 1.4826 times the median distance from it (the standard deviation of a
  normal distribution), at least the mean distance of the middle nine tenths, and never less than 1 % of the level.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from statistics import fmean, median

from sre_lab.aws.cloudwatch.metrics.statistics import Points

DAY = 86_400.0
PAST = 14 * DAY  # seconds that are learnt from
MIN_POINTS = 20  # below these nothing is expected
MAX_POINTS = 2_016  # a longer past is thinned evenly; two weeks of ten minutes
TREND_DAYS, SEEN = 3, 2
NORMAL = 1.4826  # median distance to standard deviation
LEAST_SHARE = 0.01


@dataclass(frozen=True)
class AnomalyModel:
    """What is expected at a moment, and how far values stray from it (one standard deviation)."""

    level: float
    spread: float
    zone: tzinfo
    slope: float = 0.0  # per second from `origin`
    origin: float = 0.0
    hours: dict[int, float] = field(default_factory=dict)
    weekdays: dict[int, float] = field(default_factory=dict)

    def expected_value(self, at: float) -> float:
        return self.level + self.seasonal(at)

    def seasonal(self, at: float) -> float:
        """Trend and season without the level."""
        local = datetime.fromtimestamp(at, self.zone)
        return (
            self.slope * (at - self.origin)
            + self.hours.get(local.hour, 0.0)
            + self.weekdays.get(local.isoweekday(), 0.0)
        )


def train(points: Points, zone: tzinfo) -> AnomalyModel | None:
    """The model of a past, given as points in order of time; None while there are too few."""
    if len(points) < MIN_POINTS:
        return None
    step = -(-len(points) // MAX_POINTS)
    past = list(itertools.islice(points.items(), 0, None, step))
    origin, slope = past[-1][0], _slope(past)
    model = AnomalyModel(0.0, 0.0, zone, slope, origin)
    model = AnomalyModel(0.0, 0.0, zone, slope, origin, _offsets(past, model, lambda at: at.hour, 24))
    model = AnomalyModel(
        0.0, 0.0, zone, slope, origin, model.hours, _offsets(past, model, lambda at: at.isoweekday(), 7)
    )
    left = [value - model.seasonal(at) for at, value in past]
    level = median(left)
    spread = max(_spread(left, level), LEAST_SHARE * abs(level))
    return AnomalyModel(level, spread, zone, slope, origin, model.hours, model.weekdays)


def _slope(past: list[tuple[float, float]]) -> float:
    """Per second, by Theil and Sen over the days."""
    days = {day: median(values) for day, values in _group_pairs((at // DAY, value) for at, value in past).items()}
    whole = list(days.items())[1:-1] if len(days) > TREND_DAYS + 1 else list(days.items())
    if len(whole) < TREND_DAYS:
        return 0.0
    return median((b - a) / ((day_b - day_a) * DAY) for (day_a, a), (day_b, b) in itertools.combinations(whole, 2))


def _offsets(
    past: list[tuple[float, float]], model: AnomalyModel, place: Callable[[datetime], int], places: int
) -> dict[int, float]:
    """The median distance from the model at each place of a cycle, once every place was seen on two days."""
    days: dict[int, set[float]] = {}
    distances: dict[int, list[float]] = {}
    for at, value in past:
        local = datetime.fromtimestamp(at, model.zone)
        days.setdefault(place(local), set()).add(local.toordinal())
        distances.setdefault(place(local), []).append(value - model.seasonal(at))
    if len(days) < places or any(len(values) < SEEN for values in days.values()):
        return {}
    middle = median(value for values in distances.values() for value in values)
    return {where: median(values) - middle for where, values in distances.items()}


def _spread(left: list[float], level: float) -> float:
    distances = sorted(abs(value - level) for value in left)
    inner = distances[: max(1, len(distances) * 9 // 10)]
    return max(NORMAL * median(distances), fmean(inner))


def _group_pairs(pairs: Iterable[tuple[float, float]]) -> dict[float, list[float]]:
    groups: dict[float, list[float]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups
