"""The functions of metric math. One that is not here is refused by its name."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from sre_agent.lab.aws.cloudwatch.expressions import refuse
from sre_agent.lab.aws.cloudwatch.series import Line, Value, mapped
from sre_agent.lab.aws.cloudwatch.statistics import Points


@dataclass(frozen=True)
class Frame:
    """What an expression is evaluated over: its window, its period and the metrics of the request by id."""

    expression: str
    start: float
    end: float
    period: int
    metrics: dict[str, Line] = field(default_factory=dict)

    def times(self) -> list[float]:
        first = self.start // self.period * self.period
        return [first + step * self.period for step in range(math.ceil((self.end - first) / self.period))]

    def refuse(self, problem: str) -> NoReturn:
        refuse(self.expression, problem)


Function = Callable[[Frame, list[Value]], Value]
Summary = Callable[[Sequence[float]], float]


def _summary(name: str, summarise: Summary) -> Function:
    """Over one series: a number. Over a list of series: a series, time by time."""

    def run(frame: Frame, arguments: list[Value]) -> Value:
        if len(arguments) > 1 and all(isinstance(a, int | float) for a in arguments):
            return summarise([a for a in arguments if isinstance(a, int | float)])
        argument = _one(frame, name, arguments)
        if isinstance(argument, Line):
            return summarise(list(argument.points.values())) if argument.points else math.nan
        if isinstance(argument, list):
            times = sorted({time for line in argument for time in line.points})
            return Line(name, {t: summarise([line.points[t] for line in argument if t in line.points]) for t in times})
        frame.refuse(f"{name} needs a time series or a list of them")

    return run


def _one(frame: Frame, name: str, arguments: list[Value]) -> Value:
    if len(arguments) != 1:
        frame.refuse(f"{name} takes 1 argument, not {len(arguments)}")
    return arguments[0]


def _each(name: str, change: Callable[[float], float]) -> Function:
    def run(frame: Frame, arguments: list[Value]) -> Value:
        value = _one(frame, name, arguments)
        if isinstance(value, int | float):
            return change(value)
        return mapped(value, lambda points: {t: change(v) for t, v in points.items()})

    return run


def _steps(name: str, change: Callable[[float, float, float], float]) -> Function:
    """From each point and the one before it: `change(before, now, seconds between)`."""

    def differences(points: Points) -> Points:
        times = list(points)
        return {b: change(points[a], points[b], b - a) for a, b in itertools.pairwise(times)}

    def run(frame: Frame, arguments: list[Value]) -> Value:
        return mapped(_one(frame, name, arguments), differences)

    return run


def _fill(frame: Frame, arguments: list[Value]) -> Value:
    if len(arguments) != 2:
        frame.refuse("FILL takes a metric and a number, REPEAT or LINEAR")
    how = arguments[1]
    if isinstance(how, list) or (isinstance(how, str) and how not in ("REPEAT", "LINEAR")):
        frame.refuse(f"FILL cannot fill with {how!r}: a number, a time series, REPEAT or LINEAR")
    return mapped(arguments[0], lambda points: _filled(frame.times(), points, how))


def _filled(times: list[float], points: Points, how: float | str | Line) -> Points:
    filled: Points = {}
    known = list(points)
    for time in times:
        before = max((t for t in known if t <= time), default=None)
        if time in points:
            filled[time] = points[time]
        elif isinstance(how, Line):
            if time in how.points:
                filled[time] = how.points[time]
        elif not isinstance(how, str):
            filled[time] = how
        elif before is not None:
            after = min((t for t in known if t > time), default=None)
            if how == "REPEAT":
                filled[time] = points[before]
            elif after is not None:
                filled[time] = points[before] + (points[after] - points[before]) * (time - before) / (after - before)
    return filled


def _if(frame: Frame, arguments: list[Value]) -> Value:
    if len(arguments) not in (2, 3):
        frame.refuse("IF takes a condition, a value and optionally another value")
    condition = arguments[0]
    if not isinstance(condition, Line):
        frame.refuse("the condition of IF has to be a time series")
    points: Points = {}
    for time, holds in condition.points.items():
        chosen = arguments[1] if holds else arguments[2] if len(arguments) == 3 else None
        if isinstance(chosen, Line):
            if time in chosen.points:
                points[time] = chosen.points[time]
        elif isinstance(chosen, int | float):
            points[time] = float(chosen)
        elif chosen is not None:
            frame.refuse("IF chooses between time series and numbers")
    return Line(condition.label, points)


def _metrics(frame: Frame, arguments: list[Value]) -> Value:
    part = arguments[0] if arguments else ""
    if not isinstance(part, str):
        frame.refuse("METRICS takes a text that the ids contain")
    return [line for name, line in frame.metrics.items() if part in name]


def _metric_count(frame: Frame, arguments: list[Value]) -> Value:
    value = _one(frame, "METRIC_COUNT", arguments)
    return float(len(value)) if isinstance(value, list) else 1.0


def _time_series(frame: Frame, arguments: list[Value]) -> Value:
    value = _one(frame, "TIME_SERIES", arguments)
    if not isinstance(value, int | float):
        frame.refuse("TIME_SERIES takes a number")
    return Line("TIME_SERIES", dict.fromkeys(frame.times(), float(value)))


def _running_sum(frame: Frame, arguments: list[Value]) -> Value:
    def summed(points: Points) -> Points:
        total, sums = 0.0, {}
        for time, value in points.items():
            total += value
            sums[time] = total
        return sums

    return mapped(_one(frame, "RUNNING_SUM", arguments), summed)


def _remove_empty(frame: Frame, arguments: list[Value]) -> Value:
    value = _one(frame, "REMOVE_EMPTY", arguments)
    return [line for line in value if line.points] if isinstance(value, list) else value


FUNCTIONS: dict[str, Function] = {
    "ABS": _each("ABS", abs),
    "AVG": _summary("AVG", statistics.fmean),
    "CEIL": _each("CEIL", lambda v: float(math.ceil(v))),
    "DIFF": _steps("DIFF", lambda before, now, _: now - before),
    "DIFF_TIME": _steps("DIFF_TIME", lambda _, __, seconds: seconds),
    "FILL": _fill,
    "FLOOR": _each("FLOOR", lambda v: float(math.floor(v))),
    "IF": _if,
    "MAX": _summary("MAX", max),
    "METRICS": _metrics,
    "METRIC_COUNT": _metric_count,
    "MIN": _summary("MIN", min),
    "PERIOD": lambda frame, _: float(frame.period),
    "RATE": _steps("RATE", lambda before, now, seconds: (now - before) / seconds),
    "REMOVE_EMPTY": _remove_empty,
    "RUNNING_SUM": _running_sum,
    "STDDEV": _summary("STDDEV", statistics.pstdev),
    "SUM": _summary("SUM", sum),
    "TIME_SERIES": _time_series,
}
