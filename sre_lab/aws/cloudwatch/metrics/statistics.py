"""Samples to datapoints: the statistics of CloudWatch over periods."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sre_lab.aws.errors import AwsError

Points = dict[float, float]  # start of the period -> value, in order of time
Sample = tuple[float, float]  # value, count
SIMPLE = ("Average", "Sum", "Minimum", "Maximum", "SampleCount")
SHORT_PERIODS = (1, 5, 10, 20, 30)
_SHORT = re.compile(r"^(p|tm|wm|tc|ts)(\d{1,2}(?:\.\d{1,10})?|100)$")
_RANGE = re.compile(r"^(PR|TM|WM|TC|TS)\((-?\d+(?:\.\d+)?%?)?:(-?\d+(?:\.\d+)?%?)?\)$")


@dataclass(frozen=True)
class ValueRange:
    """The observations that a statistic is about: from `low` (not included) to `high` (included).

    Bounds are values, or percent of the observations in their order when `percent`. None is an open end.
    """

    low: float | None
    high: float | None
    percent: bool


def check_period(period: object) -> int:
    """The period in seconds; CloudWatch takes 1, 5, 10, 20, 30 and multiples of 60."""
    if isinstance(period, int) and (period in SHORT_PERIODS or (period > 0 and period % 60 == 0)):
        return period
    raise AwsError("ValidationError", f"The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60: {period!r}")


def check_statistic(statistic: str) -> str:
    """The statistic as given; AwsError ValidationError names the forms there are."""
    if statistic in SIMPLE or statistic == "IQM" or _SHORT.match(statistic):
        return statistic
    if match := _RANGE.match(statistic):
        low, high = match.group(2), match.group(3)
        mixed_units = bool(low and high) and low.endswith("%") != high.endswith("%")
        percent = any(bound and bound.endswith("%") for bound in (low, high))
        if (low or high) and not mixed_units and not (percent and match.group(1) == "PR"):
            return statistic
    raise AwsError(
        "ValidationError",
        f"The value {statistic} for parameter Stat is not supported. There are: {', '.join(SIMPLE)}, IQM, pNN, tmNN, "
        "wmNN, tcNN, tsNN, TM(a:b), WM(a:b), TC(a:b), TS(a:b) with percent or values, PR(a:b) with values.",
    )


def aggregate(
    samples: Iterable[tuple[float, float, float]], statistic: str, period: int, anchor: float = 0.0
) -> Points:
    """(time, value, count) in order of time -> one value for each period that has a sample.

    Periods begin at `anchor` and whole multiples of the period from it.
    """
    periods: dict[float, list[Sample]] = {}
    for time, value, count in samples:
        periods.setdefault((time - anchor) // period * period + anchor, []).append((value, count))
    points = {start: value_of(inside, statistic) for start, inside in periods.items()}
    return {start: value for start, value in points.items() if value is not None}


def needs_each_value(statistic: str) -> bool:
    """Whether the statistic cannot be told from a statistic set, nor where a value is negative (percentiles)."""
    return statistic not in SIMPLE


def value_of(samples: list[Sample], statistic: str) -> float | None:
    """One statistic of the samples of one period; None where CloudWatch shows no datapoint."""
    if statistic == "Sum":
        return sum(value * count for value, count in samples)
    if statistic == "Minimum":
        return min(value for value, _ in samples)
    if statistic == "Maximum":
        return max(value for value, _ in samples)
    total = sum(count for _, count in samples)
    if statistic == "SampleCount":
        return total
    if not total:
        return None
    if statistic == "Average":
        return sum(value * count for value, count in samples) / total
    if statistic.startswith("p"):
        if any(value < 0 for value, _ in samples):
            return None
        return _percentile(sorted(samples), total, float(statistic[1:]))
    kind, band = _read(statistic)
    return KINDS[kind](sorted(samples), total, band)


def _read(statistic: str) -> tuple[str, ValueRange]:
    if statistic == "IQM":
        return "TM", ValueRange(25.0, 75.0, True)
    if match := _SHORT.match(statistic):
        return match.group(1).upper(), ValueRange(None, float(match.group(2)), True)
    match = _RANGE.match(statistic)
    assert match is not None
    low, high = (float(bound.rstrip("%")) if bound else None for bound in match.groups()[1:])
    return match.group(1), ValueRange(low, high, "%" in statistic)


def _percentile(ordered: list[Sample], total_count: float, percent: float) -> float:
    """The smallest value that so many percent of the observations do not exceed."""
    cumulative = 0.0
    for value, count in ordered:
        cumulative += count
        if cumulative >= total_count * percent / 100.0:
            return value
    return ordered[-1][0]


def _inside(ordered: list[Sample], total_count: float, band: ValueRange) -> list[Sample]:
    """The part of the observations within the band; percent cut through a value's observations."""
    if not band.percent:
        return [
            (value, count)
            for value, count in ordered
            if (band.low is None or value > band.low) and (band.high is None or value <= band.high)
        ]
    start = total_count * (band.low or 0.0) / 100.0
    end = total_count * (100.0 if band.high is None else band.high) / 100.0
    inside, cumulative = [], 0.0
    for value, count in ordered:
        part = min(cumulative + count, end) - max(cumulative, start)
        cumulative += count
        if part > 0:
            inside.append((value, part))
    return inside


def _count(ordered: list[Sample], total_count: float, band: ValueRange) -> float | None:
    return sum(count for _, count in _inside(ordered, total_count, band))


def _sum(ordered: list[Sample], total_count: float, band: ValueRange) -> float | None:
    return sum(value * count for value, count in _inside(ordered, total_count, band))


def _trimmed_mean(ordered: list[Sample], total_count: float, band: ValueRange) -> float | None:
    inside = _inside(ordered, total_count, band)
    weight = sum(count for _, count in inside)
    return sum(value * count for value, count in inside) / weight if weight else None


def _winsorized_mean(ordered: list[Sample], total_count: float, band: ValueRange) -> float | None:
    """Values beyond an edge count as the edge."""
    low, high = band.low, band.high
    if band.percent:
        low = None if low is None else _percentile(ordered, total_count, low)
        high = None if high is None else _percentile(ordered, total_count, high)
    total = 0.0
    for value, count in ordered:
        at_least = value if low is None else max(value, low)
        total += (at_least if high is None else min(at_least, high)) * count
    return total / total_count


def _rank(ordered: list[Sample], total_count: float, band: ValueRange) -> float | None:
    return 100.0 * sum(count for _, count in _inside(ordered, total_count, band)) / total_count


KINDS: dict[str, Callable[[list[Sample], float, ValueRange], float | None]] = {
    "TM": _trimmed_mean,
    "WM": _winsorized_mean,
    "TC": _count,
    "TS": _sum,
    "PR": _rank,
}
