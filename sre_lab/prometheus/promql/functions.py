"""The functions of PromQL by name, over arguments that are evaluated already."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sre_lab.prometheus.promql import calendar, histograms, labels, range_functions
from sre_lab.prometheus.promql.arithmetic import FUNCTIONS as OF_NUMBERS
from sre_lab.prometheus.promql.arithmetic import round_to
from sre_lab.prometheus.promql.columns import (
    InstantSeries,
    Numbers,
    RangeSeries,
    Value,
    Vector,
    each,
    merge_rows,
    nameless,
)


@dataclass(frozen=True)
class FunctionArguments:
    """The arguments of a call, of the types that its signature asks for, and the moments it is evaluated at."""

    values: tuple[Value, ...]
    moments: Numbers

    def __len__(self) -> int:
        return len(self.values)

    def vector(self, place: int = 0) -> Vector:
        value = self.values[place]
        assert isinstance(value, list)
        return [row for row in value if isinstance(row, InstantSeries)]

    def ranges(self, place: int = 0) -> list[RangeSeries]:
        value = self.values[place]
        assert isinstance(value, list)
        return [row for row in value if isinstance(row, RangeSeries)]

    def numbers(self, place: int) -> Numbers:
        value = self.values[place]
        assert isinstance(value, list)
        return [number for number in value if isinstance(number, float)]

    def text(self, place: int) -> str:
        value = self.values[place]
        assert isinstance(value, str)
        return value


Function = Callable[[FunctionArguments], Value]


def _by_moment(rows: Vector, change: Callable[[float, int], float | None]) -> Vector:
    """Each value changed with the place of its moment, without the metric's name."""
    changed = (
        InstantSeries(nameless(r.labels), [None if v is None else change(v, i) for i, v in enumerate(r.values)])
        for r in rows
    )
    return merge_rows(row for row in changed if any(value is not None for value in row.values))


def _clamp(arguments: FunctionArguments) -> Vector:
    low, high = arguments.numbers(1), arguments.numbers(2)
    return _by_moment(
        arguments.vector(), lambda v, i: None if high[i] < low[i] else _at_least(low[i], _at_most(high[i], v))
    )


def _clamp_min(arguments: FunctionArguments) -> Vector:
    low = arguments.numbers(1)
    return _by_moment(arguments.vector(), lambda v, i: _at_least(low[i], v))


def _clamp_max(arguments: FunctionArguments) -> Vector:
    high = arguments.numbers(1)
    return _by_moment(arguments.vector(), lambda v, i: _at_most(high[i], v))


def _at_least(low: float, value: float) -> float:
    return math.nan if math.isnan(low) or math.isnan(value) else max(low, value)


def _at_most(high: float, value: float) -> float:
    return math.nan if math.isnan(high) or math.isnan(value) else min(high, value)


def _round(arguments: FunctionArguments) -> Vector:
    nearest = arguments.numbers(1) if len(arguments) > 1 else [1.0] * len(arguments.moments)
    return _by_moment(arguments.vector(), lambda v, i: round_to(v, nearest[i]))


def _scalar(arguments: FunctionArguments) -> Numbers:
    columns = [row.values for row in arguments.vector()]
    out: Numbers = []
    for moment in range(len(arguments.moments)):
        there = [v for values in columns if (v := values[moment]) is not None]
        out.append(there[0] if len(there) == 1 else math.nan)
    return out


def _sort(arguments: FunctionArguments, *, falling: bool) -> Vector:
    """Order means something where there is one moment only. NaN comes last."""
    rows = arguments.vector()
    if len(arguments.moments) > 1:
        return rows

    def place(row: InstantSeries) -> tuple[bool, float]:
        value = row.values[0]
        assert value is not None
        return math.isnan(value), -value if falling else value

    return sorted((row for row in rows if row.values[0] is not None), key=place)


def _calendar(part: Callable[[float], float], arguments: FunctionArguments) -> Vector:
    if not len(arguments):
        return [InstantSeries({}, [part(moment) for moment in arguments.moments])]
    return each(arguments.vector(), part)


def _label_join(arguments: FunctionArguments) -> Vector:
    sources = [arguments.text(place) for place in range(3, len(arguments))]
    return labels.label_join(arguments.vector(), arguments.text(1), arguments.text(2), sources)


def _label_replace(arguments: FunctionArguments) -> Vector:
    target, template, source, expression = (arguments.text(place) for place in (1, 2, 3, 4))
    return labels.label_replace(arguments.vector(), target, template, source, expression)


def _each(change: Callable[[float], float], arguments: FunctionArguments) -> Vector:
    return each(arguments.vector(), change)


def _summarise(summary: range_functions.Summary, arguments: FunctionArguments) -> Vector:
    return range_functions.summarise(arguments.ranges(), summary)


FUNCTIONS: dict[str, Function] = {
    **{name: partial(_each, change) for name, change in OF_NUMBERS.items()},
    **{name: partial(_summarise, summary) for name, summary in range_functions.SUMMARIES.items()},
    **{name: partial(_calendar, part) for name, part in calendar.PARTS.items()},
    "clamp": _clamp,
    "clamp_max": _clamp_max,
    "clamp_min": _clamp_min,
    "delta": lambda a: range_functions.extrapolated_growth(a.ranges(), counter=False, per_second=False),
    "deriv": lambda a: range_functions.slopes(a.ranges()),
    "histogram_quantile": lambda a: histograms.quantiles(a.numbers(0), a.vector(1)),
    "idelta": lambda a: range_functions.instant_growth(a.ranges(), per_second=False),
    "increase": lambda a: range_functions.extrapolated_growth(a.ranges(), counter=True, per_second=False),
    "irate": lambda a: range_functions.instant_growth(a.ranges(), per_second=True),
    "label_join": _label_join,
    "label_replace": _label_replace,
    "last_over_time": lambda a: range_functions.last(a.ranges()),
    "pi": lambda a: [math.pi] * len(a.moments),
    "predict_linear": lambda a: range_functions.predict(a.ranges(), a.numbers(1), a.moments),
    "quantile_over_time": lambda a: range_functions.quantiles(a.numbers(0), a.ranges(1)),
    "rate": lambda a: range_functions.extrapolated_growth(a.ranges(), counter=True, per_second=True),
    "round": _round,
    "scalar": _scalar,
    "sort": partial(_sort, falling=False),
    "sort_desc": partial(_sort, falling=True),
    "time": lambda a: a.moments,
    "vector": lambda a: [InstantSeries({}, list(a.numbers(0)))],
}
