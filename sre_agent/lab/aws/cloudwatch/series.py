"""What metric math calculates with: numbers, time series and lists of them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass

from sre_agent.lab.aws.cloudwatch.statistics import Points

Binary = Callable[[float, float], float]


@dataclass(frozen=True)
class Line:
    """A time series with the name that it is shown under."""

    label: str
    points: Points


Value = float | str | Line | list[Line]


def _quotient(a: float, b: float) -> float:
    if b == 0:
        raise ZeroDivisionError
    return a / b


OPERATORS: dict[str, Binary] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _quotient,
    "%": operator.mod,
    "^": operator.pow,
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
    """`left sign right`, point by point; where one side has no point, or divides by zero, there is none."""
    if isinstance(left, list) and isinstance(right, list):
        return [_lines(sign, a, b) for a, b in zip(left, right, strict=False)]
    if isinstance(left, list):
        return [_lines(sign, line, right) for line in left]
    if isinstance(right, list):
        return [_lines(sign, left, line) for line in right]
    if isinstance(left, Line) or isinstance(right, Line):
        return _lines(sign, left, right)
    assert not isinstance(left, str) and not isinstance(right, str)
    try:
        return OPERATORS[sign](left, right)
    except (ZeroDivisionError, OverflowError):
        return float("nan")


def _lines(sign: str, left: Value, right: Value) -> Line:
    label = next((side.label for side in (left, right) if isinstance(side, Line)), "")
    points: Points = {}
    for time in _times(left, right):
        try:
            points[time] = OPERATORS[sign](_at(left, time), _at(right, time))
        except (ZeroDivisionError, OverflowError):
            continue
    return Line(label, points)


def _times(left: Value, right: Value) -> list[float]:
    if isinstance(left, Line) and isinstance(right, Line):
        return [time for time in left.points if time in right.points]
    only = left if isinstance(left, Line) else right
    assert isinstance(only, Line)
    return list(only.points)


def _at(value: Value, time: float) -> float:
    if isinstance(value, Line):
        return value.points[time]
    assert isinstance(value, int | float)
    return float(value)


def mapped(value: Value, change: Callable[[Points], Points]) -> Value:
    """Apply `change` to each series of a value; a number stays what it is."""
    if isinstance(value, Line):
        return Line(value.label, change(value.points))
    if isinstance(value, list):
        return [Line(line.label, change(line.points)) for line in value]
    return value
