"""Samples to datapoints: the statistics of CloudWatch over periods."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sre_agent.lab.aws.errors import AwsError

Points = dict[float, float]  # start of the period -> value, in order of time
Sample = tuple[float, float]  # value, count
SIMPLE = ("Average", "Sum", "Minimum", "Maximum", "SampleCount")
SHORT_PERIODS = (1, 5, 10, 20, 30)
_PERCENTILE = re.compile(r"^p(\d{1,2}(?:\.\d+)?|100)$")
_TRIMMED = re.compile(r"^(?:tm|TM)(\d{1,2}(?:\.\d+)?)$")


def check_period(period: object) -> int:
    """The period in seconds; CloudWatch takes 1, 5, 10, 20, 30 and multiples of 60."""
    if isinstance(period, int) and (period in SHORT_PERIODS or (period > 0 and period % 60 == 0)):
        return period
    raise AwsError("ValidationError", f"The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60: {period!r}")


def check_statistic(statistic: str) -> str:
    if statistic in SIMPLE or statistic == "IQM" or _PERCENTILE.match(statistic) or _TRIMMED.match(statistic):
        return statistic
    raise AwsError(
        "ValidationError",
        f"The statistic {statistic!r} is not supported here. Supported: {', '.join(SIMPLE)}, pNN, tmNN, IQM",
    )


def aggregate(samples: Iterable[tuple[float, float, float]], statistic: str, period: int) -> Points:
    """(time, value, count) in order of time -> one value for each period that has a sample."""
    periods: dict[float, list[Sample]] = {}
    for time, value, count in samples:
        periods.setdefault(time // period * period, []).append((value, count))
    return {start: value_of(inside, statistic) for start, inside in periods.items()}


def value_of(samples: list[Sample], statistic: str) -> float:
    """One statistic of the samples of one period."""
    if statistic == "Sum":
        return sum(value * count for value, count in samples)
    if statistic == "Minimum":
        return min(value for value, _ in samples)
    if statistic == "Maximum":
        return max(value for value, _ in samples)
    counted = sum(count for _, count in samples)
    if statistic == "SampleCount":
        return counted
    if statistic == "Average":
        return sum(value * count for value, count in samples) / counted if counted else 0.0
    if found := _PERCENTILE.match(statistic):
        return _percentile(samples, counted, float(found.group(1)))
    trimmed = _TRIMMED.match(statistic)
    low, high = (0.0, float(trimmed.group(1))) if trimmed else (25.0, 75.0)
    return _mean_between(samples, counted, low, high)


def _percentile(samples: list[Sample], counted: float, percent: float) -> float:
    """The smallest value that so many percent of the observations do not exceed."""
    reached = 0.0
    ordered = sorted(samples)
    for value, count in ordered:
        reached += count
        if reached >= counted * percent / 100.0:
            return value
    return ordered[-1][0]


def _mean_between(samples: list[Sample], counted: float, low: float, high: float) -> float:
    """The mean of the observations between two percentiles."""
    start, end = counted * low / 100.0, counted * high / 100.0
    total = weight = reached = 0.0
    for value, count in sorted(samples):
        inside = max(0.0, min(reached + count, end) - max(reached, start))
        total, weight, reached = total + value * inside, weight + inside, reached + count
    return total / weight if weight else 0.0
