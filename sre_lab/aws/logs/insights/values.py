"""Values of a query's fields: how they count as numbers, compare, sort and are shown.

A value is a text, a number, a boolean, a structure from JSON, or None where the field is not there. Times are
milliseconds since the epoch; that a column holds times is known of the column, not of its values.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import lru_cache
from string import ascii_letters
from typing import Any, Literal

Column = list[Any]
Kind = Literal["time", "computed", "raw"]
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_DIGITS = re.compile(r"[0-9]+")
_OF_DIGITS = 0x80  # natural order: other signs, digits by their number, letters
_OF_LETTERS = 0x1000
_PLACES = {ord(letter): _OF_LETTERS + ord(letter) for letter in ascii_letters}
KNOWN_TIMES = 4096  # rows of one answer share their times


def number(value: Any) -> float | int | None:
    """The value as a number, None where it is none."""
    kind = type(value)
    if kind is str:
        if value.isdecimal() and value.isascii():
            return int(value)
        if not value or value[-1] not in "0123456789." or not NUMBER.fullmatch(value):
            return None
        return float(value) if "." in value or "e" in value or "E" in value else int(value)
    if kind is int or kind is float:
        return value  # type: ignore[no-any-return]
    return int(value) if kind is bool else None


def true(value: Any) -> bool:
    return bool(value) and value != "false" and value != "0"


def equal(left: Any, right: Any) -> bool:
    """By number where both are numbers, else as text; what is not there equals nothing."""
    if left is None or right is None:
        return False
    if type(left) is str and type(right) is str and left == right:
        return True
    if type(left) is bool and type(right) is str and right.lower() in ("true", "false"):
        return left is (right.lower() == "true")
    a, b = number(left), number(right)
    return a == b if a is not None and b is not None else to_text(left) == to_text(right)


def order(value: Any) -> tuple[Any, ...]:
    """A key for natural sorting: nothing, then texts (their digits by length and value), then numbers."""
    if value is None:
        return (0,)
    as_number = number(value)
    if as_number is not None:
        return (2, as_number)
    return (1, _DIGITS.sub(_with_digit_count, to_text(value)).translate(_PLACES))


def _with_digit_count(digits: re.Match[str]) -> str:
    """Digits behind a sign that stands for their number, between what is no letter and the letters."""
    text = digits.group()
    return chr(_OF_DIGITS + min(len(text), 1000)) + text


def to_text(value: Any) -> str:
    """The value as a text, as a result row carries it."""
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
    if isinstance(value, dict | list):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return str(value)


def computed_text(value: Any) -> str:
    """As `shown`, with at most four digits after the point."""
    return to_text(round(value, 4)) if type(value) is float else to_text(value)


@lru_cache(KNOWN_TIMES)
def time_text(at: int) -> str:
    """`2026-01-02 03:04:05.678`, in UTC."""
    moment = datetime.fromtimestamp(at // 1000, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{int(at) % 1000:03d}"


def texts(column: Column, kind: Kind) -> Column:
    """A column as texts; None stays."""
    if kind == "time":
        return [None if value is None else time_text(int(value)) for value in column]
    show = to_text if kind == "raw" else computed_text
    return [value if type(value) is str or value is None else show(value) for value in column]
