"""What metric math calculates with: numbers, time series and lists of them."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, replace

from sre_lab.aws.cloudwatch.metrics.selection import MetricStat
from sre_lab.aws.cloudwatch.metrics.statistics import Points

Binary = Callable[[float, float], float]


@dataclass(frozen=True)
class LabeledSeries:
    """A time series with the name that it is shown under, and the metric that it is if it is one unchanged."""

    label: str
    points: Points
    origin: MetricStat | None = None

    def with_points(self, points: Points) -> LabeledSeries:
        return replace(self, points=points)


Value = float | str | LabeledSeries | list[LabeledSeries]


def _quotient(a: float, b: float) -> float:
    if b == 0:
        raise ZeroDivisionError
    return a / b


def _power(a: float, b: float) -> float:
    power = a**b
    if isinstance(power, complex):
        raise ZeroDivisionError
    return float(power)


OPERATORS: dict[str, Binary] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _quotient,
    "%": operator.mod,
    "^": _power,
    "==": lambda a, b: float(a == b),
    "!=": lambda a, b: float(a != b),
    "<": lambda a, b: float(a < b),
    "<=": lambda a, b: float(a <= b),
    ">": lambda a, b: float(a > b),
    ">=": lambda a, b: float(a >= b),
    "AND": lambda a, b: float(bool(a) and bool(b)),
    "OR": lambda a, b: float(bool(a) or bool(b)),
}


def combine(sign: str, left: Value, right: Value) -> Value:
    """`left sign right`, point by point.

    Of two series, one that has no point counts as 0 there; a point without a finite result, as of a division by zero,
    is left out.
    """
    if isinstance(left, list) and isinstance(right, list):
        return [_lines(sign, a, b) for a, b in zip(left, right, strict=False)]
    if isinstance(left, list):
        return [_lines(sign, line, right) for line in left]
    if isinstance(right, list):
        return [_lines(sign, left, line) for line in right]
    if isinstance(left, LabeledSeries) or isinstance(right, LabeledSeries):
        return _lines(sign, left, right)
    assert not isinstance(left, str) and not isinstance(right, str)
    try:
        return OPERATORS[sign](left, right)
    except (ZeroDivisionError, OverflowError):
        return float("nan")


def _lines(sign: str, left: Value, right: Value) -> LabeledSeries:
    label = next((side.label for side in (left, right) if isinstance(side, LabeledSeries)), "")
    points: Points = {}
    for time in _times(left, right):
        try:
            points[time] = OPERATORS[sign](_at(left, time), _at(right, time))
        except (ZeroDivisionError, OverflowError):
            continue
    return LabeledSeries(label, {time: value for time, value in points.items() if math.isfinite(value)})


def _times(left: Value, right: Value) -> list[float]:
    times = [side.points.keys() for side in (left, right) if isinstance(side, LabeledSeries)]
    return sorted(set().union(*times)) if len(times) == 2 else list(times[0])


def _at(value: Value, time: float) -> float:
    if isinstance(value, LabeledSeries):
        return value.points.get(time, 0.0)
    assert isinstance(value, int | float)
    return float(value)


def map_series(value: Value, change: Callable[[Points], Points]) -> Value:
    """Apply `change` to each series of a value; a number stays what it is."""
    if isinstance(value, LabeledSeries):
        return value.with_points(change(value.points))
    if isinstance(value, list):
        return [line.with_points(change(line.points)) for line in value]
    return value
