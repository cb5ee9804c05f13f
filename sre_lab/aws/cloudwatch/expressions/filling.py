"""FILL: values for the periods in which a series has none."""

from __future__ import annotations

from bisect import bisect_right

from sre_lab.aws.cloudwatch.expressions.arguments import ExpressionFrame
from sre_lab.aws.cloudwatch.expressions.series import LabeledSeries, Value, map_series
from sre_lab.aws.cloudwatch.metrics.statistics import Points

WAYS = ("REPEAT", "LINEAR")


def fill(frame: ExpressionFrame, arguments: list[Value]) -> Value:
    """With a number, another series, the value before (REPEAT) or the line between the values around (LINEAR)."""
    if len(arguments) != 2 or isinstance(arguments[0], str | int | float):
        frame.refuse("FILL takes time series, and a number, a time series, REPEAT or LINEAR")
    how = arguments[1]
    if isinstance(how, list) or (isinstance(how, str) and how not in WAYS):
        frame.refuse(f"FILL cannot fill with {how!r}: a number, a time series, REPEAT or LINEAR")
    return map_series(arguments[0], lambda points: _fill(frame.times(), points, how))


def _fill(times: list[float], points: Points, how: float | str | LabeledSeries) -> Points:
    result: Points = {}
    known_times = list(points)
    for time in times:
        if time in points:
            result[time] = points[time]
        elif isinstance(how, LabeledSeries):
            if time in how.points:
                result[time] = how.points[time]
        elif not isinstance(how, str):
            result[time] = how
        elif (value := _from_around(time, known_times, points, how)) is not None:
            result[time] = value
    return result


def _from_around(time: float, known_times: list[float], points: Points, how: str) -> float | None:
    place = bisect_right(known_times, time)
    if not place:
        return None
    before = known_times[place - 1]
    if how == "REPEAT":
        return points[before]
    if place == len(known_times):
        return None
    after = known_times[place]
    return points[before] + (points[after] - points[before]) * (time - before) / (after - before)
