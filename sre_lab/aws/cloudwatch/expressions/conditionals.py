"""IF: one value or another, at each moment."""

from __future__ import annotations

from sre_lab.aws.cloudwatch.expressions.arguments import ExpressionFrame
from sre_lab.aws.cloudwatch.expressions.series import LabeledSeries, Value
from sre_lab.aws.cloudwatch.metrics.statistics import Points


def choose(frame: ExpressionFrame, arguments: list[Value]) -> Value:
    """Where the condition holds (is not 0) the second argument, elsewhere the third, or nothing without one.

    A series that lacks the point counts as 0 where it was chosen by a true condition, and leaves it out otherwise.
    """
    if len(arguments) not in (2, 3):
        frame.refuse("IF takes a condition, a value and optionally another value")
    condition, then = arguments[0], arguments[1]
    other = arguments[2] if len(arguments) == 3 else None
    for value in (then, other):
        if isinstance(value, str | list):
            frame.refuse("IF chooses between time series and numbers")
    if isinstance(condition, int | float):
        result = then if condition else other
        return LabeledSeries("IF", {}) if result is None else result
    if not isinstance(condition, LabeledSeries):
        frame.refuse("the condition of IF has to be a time series or a number")
    points: Points = {}
    for time, holds in condition.points.items():
        value = _point(then, time, 0.0) if holds else _point(other, time, None)
        if value is not None:
            points[time] = value
    return LabeledSeries(
        next((v.label for v in (then, other) if isinstance(v, LabeledSeries)), condition.label), points
    )


def _point(value: Value | None, time: float, missing: float | None) -> float | None:
    if isinstance(value, LabeledSeries):
        return value.points.get(time, missing)
    return float(value) if isinstance(value, int | float) else None
