"""Spans of time such as 5m or 1mo, and how times are cut to them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

FIXED = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
MONTHS = {"mo": 1, "q": 3, "y": 12}
SPELLINGS = {
    "ms": ("millisecond", "ms", "msec"),
    "s": ("second", "s", "sec"),
    "m": ("minute", "m", "min"),
    "h": ("hour", "h", "hr"),
    "d": ("day", "d"),
    "w": ("week", "w"),
    "mo": ("month", "mo", "mon"),
    "q": ("quarter", "q", "qtr"),
    "y": ("year", "y", "yr"),
}
_UNITS = {spelling: unit for unit, spellings in SPELLINGS.items() for spelling in spellings}
_UNITS.update({f"{spelling}s": unit for spelling, unit in _UNITS.items() if len(spelling) > 1})
_SPAN = re.compile(r"(\d+)(?:\.\d+)?([A-Za-z]+)")

Rounding = Callable[[int], int]  # milliseconds since the epoch, to the beginning of their period


def is_unit(text: str) -> bool:
    return text.lower() in _UNITS


def round_down(span: str) -> Rounding:
    """The function that rounds a time down to a multiple of the span; ValueError for what is no span."""
    count, unit = _parse_span(span)
    if unit in MONTHS:
        months = count * MONTHS[unit]
        return lambda at: _month(_months(at) // months * months)
    width = count * FIXED[unit]
    return lambda at: at - at % width


def round_up(span: str) -> Rounding:
    """The function that rounds a time up."""
    count, unit = _parse_span(span)
    down = round_down(span)
    if unit in MONTHS:
        months = count * MONTHS[unit]
        return lambda at: at if down(at) == at else _month(_months(down(at)) + months)
    width = count * FIXED[unit]
    return lambda at: -(-at // width) * width


def seconds(span: str) -> float:
    """The length of a span, `0s` included; ValueError for months, which have no one length, and for what is no span."""
    match = _SPAN.fullmatch(span)
    unit = _UNITS.get(match[2].lower(), "") if match else ""
    if match is None or unit not in FIXED:
        raise ValueError(f"{span!r} is no span of time such as 3600s or 12h")
    return int(match[1]) * FIXED[unit] / 1000


def _parse_span(span: str) -> tuple[int, str]:
    match = _SPAN.fullmatch(span)
    if match is None or match[2].lower() not in _UNITS or int(match[1]) == 0:
        raise ValueError(f"{span!r} is no span of time such as 5m or 1h")
    return int(match[1]), _UNITS[match[2].lower()]


def _months(at: int) -> int:
    moment = datetime.fromtimestamp(at // 1000, UTC)
    return moment.year * 12 + moment.month - 1


def _month(number: int) -> int:
    return int(datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC).timestamp()) * 1000
