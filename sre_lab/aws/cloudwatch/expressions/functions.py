"""The functions of metric math by name. One that is not here is refused by its name."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Sequence

from sre_lab.aws.cloudwatch.expressions.arguments import ExpressionFrame, Function, lines, one
from sre_lab.aws.cloudwatch.expressions.conditionals import choose
from sre_lab.aws.cloudwatch.expressions.filling import fill
from sre_lab.aws.cloudwatch.expressions.series import LabeledSeries, Value, map_series
from sre_lab.aws.cloudwatch.expressions.sorting import first, last, slice_, sort
from sre_lab.aws.cloudwatch.expressions.times import DATES, calendar_values
from sre_lab.aws.cloudwatch.metrics.statistics import Points

Summary = Callable[[Sequence[float]], float]


def _summary(name: str, summarise: Summary, *, missing_is_zero: bool = False) -> Function:
    """Over one series: a number. Over a list of series: a series, time by time."""

    def run(frame: ExpressionFrame, arguments: list[Value]) -> Value:
        argument = one(frame, name, arguments)
        if isinstance(argument, LabeledSeries):
            return float(summarise(list(argument.points.values()))) if argument.points else math.nan
        if not isinstance(argument, list):
            frame.refuse(f"{name} needs a time series or a list of them")
        points: Points = {}
        for time in sorted({time for line in argument for time in line.points}):
            there = [line.points[time] for line in argument if time in line.points]
            absent = [0.0] * (len(argument) - len(there)) if missing_is_zero else []
            points[time] = float(summarise(there + absent))
        return LabeledSeries(name, points)

    return run


def _each(name: str, change: Callable[[float], float]) -> Function:
    """Point by point; a point that has no result is left out."""

    def apply_change(points: Points) -> Points:
        result: Points = {}
        for time, value in points.items():
            try:
                result[time] = float(change(value))
            except ValueError:
                continue
        return result

    def run(frame: ExpressionFrame, arguments: list[Value]) -> Value:
        value = one(frame, name, arguments)
        if isinstance(value, int | float):
            return apply_change({0.0: float(value)}).get(0.0, math.nan)
        return map_series(value, apply_change)

    return run


def _steps(name: str, change: Callable[[float, float, float], float]) -> Function:
    """From each point and the one before it: `change(before, now, seconds between)`."""

    def differences(points: Points) -> Points:
        return {b: change(points[a], points[b], b - a) for a, b in itertools.pairwise(points)}

    def run(frame: ExpressionFrame, arguments: list[Value]) -> Value:
        return map_series(one(frame, name, arguments), differences)

    return run


def _metrics(frame: ExpressionFrame, arguments: list[Value]) -> Value:
    part = arguments[0] if arguments else ""
    if not isinstance(part, str):
        frame.refuse("METRICS takes a text that the ids contain")
    return [line for name, line in frame.metrics.items() if part in name]


def _metric_count(frame: ExpressionFrame, arguments: list[Value]) -> Value:
    return float(len(lines(frame, "METRIC_COUNT", arguments)))


def _time_series(frame: ExpressionFrame, arguments: list[Value]) -> Value:
    value = one(frame, "TIME_SERIES", arguments)
    if not isinstance(value, int | float):
        frame.refuse("TIME_SERIES takes a number")
    return LabeledSeries("TIME_SERIES", {} if math.isnan(value) else dict.fromkeys(frame.times(), float(value)))


def _running_sum(frame: ExpressionFrame, arguments: list[Value]) -> Value:
    def accumulate(points: Points) -> Points:
        return dict(zip(points, itertools.accumulate(points.values()), strict=True))

    return map_series(one(frame, "RUNNING_SUM", arguments), accumulate)


def _remove_empty(frame: ExpressionFrame, arguments: list[Value]) -> Value:
    return [line for line in lines(frame, "REMOVE_EMPTY", arguments) if line.points]


FUNCTIONS: dict[str, Function] = {
    "ABS": _each("ABS", abs),
    "AVG": _summary("AVG", statistics.fmean, missing_is_zero=True),
    "CEIL": _each("CEIL", math.ceil),
    "DATAPOINT_COUNT": _summary("DATAPOINT_COUNT", len),
    "DIFF": _steps("DIFF", lambda before, now, _: now - before),
    "DIFF_TIME": _steps("DIFF_TIME", lambda _, __, seconds: seconds),
    "FILL": fill,
    "FIRST": first,
    "FLOOR": _each("FLOOR", math.floor),
    "IF": choose,
    "LAST": last,
    "LOG": _each("LOG", math.log),
    "LOG10": _each("LOG10", math.log10),
    "MAX": _summary("MAX", max),
    "METRICS": _metrics,
    "METRIC_COUNT": _metric_count,
    "MIN": _summary("MIN", min),
    "RATE": _steps("RATE", lambda before, now, seconds: (now - before) / seconds),
    "REMOVE_EMPTY": _remove_empty,
    "RUNNING_SUM": _running_sum,
    "SLICE": slice_,
    "SORT": sort,
    "STDDEV": _summary("STDDEV", statistics.pstdev),
    "SUM": _summary("SUM", sum),
    "TIME_SERIES": _time_series,
    **{name: calendar_values(name) for name in DATES},
}
