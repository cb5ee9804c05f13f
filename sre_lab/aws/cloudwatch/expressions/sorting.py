"""SORT, SLICE, FIRST and LAST: some of many series, by what is in them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence

from sre_lab.aws.cloudwatch.expressions.arguments import ExpressionFrame, lines
from sre_lab.aws.cloudwatch.expressions.series import LabeledSeries, Value

KEYS: dict[str, Callable[[Sequence[float]], float]] = {"AVG": statistics.fmean, "MAX": max, "MIN": min, "SUM": sum}
ORDERS = ("ASC", "DESC")
WORDS = (*KEYS, *ORDERS)


def sort(frame: ExpressionFrame, arguments: list[Value]) -> Value:
    """`SORT(series, AVG | MIN | MAX | SUM, ASC | DESC [, at most])`; series without data come last."""
    series = lines(frame, "SORT", arguments)
    words = [word for word in arguments[1:3] if isinstance(word, str)]
    if len(arguments) not in (3, 4) or len(words) != 2 or words[0] not in KEYS or words[1] not in ORDERS:
        frame.refuse("SORT takes time series, one of AVG, MIN, MAX or SUM, and ASC or DESC")
    key, falling = KEYS[words[0]], words[1] == "DESC"
    full = sorted((line for line in series if line.points), key=lambda line: key(list(line.points.values())))
    ordered = [*(reversed(full) if falling else full), *(line for line in series if not line.points)]
    return ordered[: _whole(frame, arguments[3])] if len(arguments) == 4 else ordered


def slice_(frame: ExpressionFrame, arguments: list[Value]) -> Value:
    """`SLICE(series, start [, end])`, counted from 0, without the end."""
    series = lines(frame, "SLICE", arguments)
    if len(arguments) not in (2, 3):
        frame.refuse("SLICE takes time series, a start and optionally an end")
    bounds = [_whole(frame, bound) for bound in arguments[1:]]
    return series[bounds[0] :] if len(bounds) == 1 else series[bounds[0] : bounds[1]]


def first(frame: ExpressionFrame, arguments: list[Value]) -> Value:
    series = lines(frame, "FIRST", arguments)
    return series[0] if series else LabeledSeries("FIRST", {})


def last(frame: ExpressionFrame, arguments: list[Value]) -> Value:
    series = lines(frame, "LAST", arguments)
    return series[-1] if series else LabeledSeries("LAST", {})


def _whole(frame: ExpressionFrame, value: Value) -> int:
    if not isinstance(value, int | float) or math.isnan(value) or value < 0 or value != int(value):
        frame.refuse(f"a whole number is needed, not {value!r}")
    return int(value)
