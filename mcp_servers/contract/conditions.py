"""The condition of an alert: what is measured and what it is compared with, taken from a PromQL expression."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_OPENING: Final = "([{"
_CLOSING: Final = ")]}"
_QUOTES: Final = "\"'`"
_COMPARED: Final = re.compile(r"(?:>=|<=|==|!=|>|<)(?!\s*bool\b)")
_JOINED: Final = re.compile(r"\b(?:and|or|unless)\b", re.I)


class AlertCondition(NamedTuple):
    """`metric` is the expression that is compared; `limit` None where it is compared with another expression."""

    metric: str
    comparison: str
    limit: float | None


def condition(expression: str) -> AlertCondition | None:
    """The one comparison of an expression; None where it is none, or several that are joined."""
    comparisons: list[tuple[int, str]] = []
    depth, quote, place = 0, "", 0
    while place < len(expression):
        sign = expression[place]
        if quote:
            quote = "" if sign == quote and expression[place - 1] != "\\" else quote
        elif sign in _QUOTES:
            quote = sign
        elif sign in _OPENING + _CLOSING:
            depth += 1 if sign in _OPENING else -1
        elif depth == 0 and (match := _COMPARED.match(expression, place)):
            comparisons.append((place, match[0]))
            place = match.end()
            continue
        elif depth == 0 and _JOINED.match(expression, place) and (place == 0 or not expression[place - 1].isalnum()):
            return None
        place += 1
    if len(comparisons) != 1:
        return None
    start, comparison = comparisons[0]
    measured, other = expression[:start].strip(), expression[start + len(comparison) :].strip()
    if not (measured and other):
        return None
    try:
        return AlertCondition(measured, comparison, float(other))
    except ValueError:
        return AlertCondition(measured, comparison, None)
