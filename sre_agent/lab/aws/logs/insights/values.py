"""Values of a query's fields: how they compare, count as true, and are shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

Row = dict[str, Any]
Expression = Callable[[Row], Any]


class Millis(int):
    """Milliseconds since the epoch, shown as a time."""


def number(value: Any) -> float | None:
    """The value as a number, None where it is none."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def compared(sign: str, left: Any, right: Any) -> bool:
    """By number where both are numbers, else as text; with a field that is not there nothing compares."""
    if left is None or right is None:
        return False
    a, b = number(left), number(right)
    one, other = (a, b) if a is not None and b is not None else (shown(left), shown(right))
    return {
        "=": one == other,
        "==": one == other,
        "!=": one != other,
        "<": one < other,  # type: ignore[operator]
        "<=": one <= other,  # type: ignore[operator]
        ">": one > other,  # type: ignore[operator]
        ">=": one >= other,  # type: ignore[operator]
    }[sign]


def true(value: Any) -> bool:
    return bool(value) and value != "false" and value != "0"


def order(value: Any) -> tuple[int, float, str]:
    """A key to sort mixed values: nothing, numbers, texts."""
    if value is None:
        return 0, 0.0, ""
    as_number = number(value)
    return (1, as_number, "") if as_number is not None else (2, 0.0, shown(value))


def shown(value: Any) -> str:
    """The value as a result row carries it."""
    if isinstance(value, Millis):
        return datetime.fromtimestamp(value / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return value if isinstance(value, str) else str(value)


def discovered(message: str) -> Row:
    """The fields of a JSON message, nested ones with dots; no fields for any other message."""
    if not message.lstrip().startswith("{"):
        return {}
    try:
        document = json.loads(message)
    except ValueError:
        return {}
    fields: Row = {}
    _flatten("", document, fields)
    return fields


def _flatten(path: str, value: Any, fields: Row) -> None:
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for name, inner in pairs:
            _flatten(f"{path}.{name}" if path else str(name), inner, fields)
    elif value is not None:
        fields[path] = value
