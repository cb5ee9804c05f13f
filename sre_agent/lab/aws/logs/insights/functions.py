"""The functions that a query may call on single values, and those that sum up a group."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable
from typing import Any

from sre_agent.lab.aws.logs.insights.values import Millis, Row, number, order, shown

Function = Callable[..., Any]
Aggregate = Callable[[list[Any], list[Row]], Any]  # the values that are there, the rows they come from


def _numeric(change: Callable[[float], float]) -> Function:
    def run(value: Any) -> float | None:
        as_number = number(value)
        return None if as_number is None else change(as_number)

    return run


def _text(change: Callable[..., Any]) -> Function:
    def run(value: Any, *others: Any) -> Any:
        return None if value is None else change(shown(value), *others)

    return run


def _bin(span: Any, at: Any = None) -> Millis | None:
    return None if at is None else Millis(int(at) // int(span) * int(span))


def _chosen(pick: Callable[[list[Any]], Any]) -> Function:
    def run(*values: Any) -> Any:
        return pick([value for value in values if number(value) is not None] or [None])

    return run


SINGLE: dict[str, Function] = {
    "abs": _numeric(abs),
    "ceil": _numeric(math.ceil),
    "coalesce": lambda *values: next((value for value in values if value is not None), None),
    "concat": lambda *values: "".join(shown(value) for value in values if value is not None),
    "floor": _numeric(math.floor),
    "frommillis": lambda value: None if number(value) is None else Millis(int(number(value) or 0)),
    "greatest": _chosen(lambda values: max(values, key=order)),
    "isblank": lambda value: value is None or not shown(value).strip(),
    "isempty": lambda value: value is None or shown(value) == "",
    "ispresent": lambda value: value is not None,
    "least": _chosen(lambda values: min(values, key=order)),
    "log": _numeric(math.log),
    "ltrim": _text(str.lstrip),
    "replace": _text(lambda text, old, new: text.replace(shown(old), shown(new))),
    "rtrim": _text(str.rstrip),
    "sqrt": _numeric(math.sqrt),
    "strcontains": _text(lambda text, part: int(shown(part) in text)),
    "strlen": _text(len),
    "substr": _text(lambda text, start, length=None: text[int(start) :][: None if length is None else int(length)]),
    "tolower": _text(str.lower),
    "tomillis": lambda value: None if number(value) is None else int(number(value) or 0),
    "toupper": _text(str.upper),
    "trim": _text(str.strip),
    "urldecode": _text(lambda text: re.sub(r"%([0-9A-Fa-f]{2})", lambda m: chr(int(m.group(1), 16)), text)),
}
OF_TIME: dict[str, Function] = {  # these take the row's time where no other is given
    "bin": _bin,
    "datefloor": lambda at, span: _bin(span, at),
    "dateceil": lambda at, span: None if at is None else Millis(-(-int(at) // int(span)) * int(span)),
}


def _numbers(values: list[Any]) -> list[float]:
    return [as_number for value in values if (as_number := number(value)) is not None]


def percentile(values: list[Any], percent: float) -> float | None:
    """Nearest rank."""
    ordered = sorted(_numbers(values))
    if not ordered:
        return None
    return ordered[max(0, math.ceil(len(ordered) * percent / 100.0) - 1)]


def _extreme(pick: Callable[..., Any]) -> Aggregate:
    def run(values: list[Any], _: list[Row]) -> Any:
        found = pick(values, key=order, default=None)
        return int(found) if isinstance(found, Millis) else found

    return run


def _at_time(pick: Callable[..., Any]) -> Aggregate:
    """The value of the row that is first (or last) in time."""

    def run(values: list[Any], rows: list[Row]) -> Any:
        pairs = [(row.get("@timestamp", 0), place) for place, row in enumerate(rows)]
        return values[pick(pairs)[1]] if pairs else None

    return run


AGGREGATES: dict[str, Aggregate] = {
    "avg": lambda values, _: statistics.fmean(_numbers(values)) if _numbers(values) else None,
    "count": lambda values, _: len(values),
    "count_distinct": lambda values, _: len({shown(value) for value in values}),
    "earliest": _at_time(min),
    "latest": _at_time(max),
    "max": _extreme(max),
    "median": lambda values, _: percentile(values, 50.0),
    "min": _extreme(min),
    "sortsfirst": lambda values, _: min(values, key=order, default=None),
    "sortslast": lambda values, _: max(values, key=order, default=None),
    "stddev": lambda values, _: statistics.pstdev(_numbers(values)) if _numbers(values) else None,
    "sum": lambda values, _: sum(_numbers(values)),
}
PERCENTILE = ("pct", "percentile")
