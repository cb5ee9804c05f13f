"""Text for reading: small tables, and lists that stay within a budget."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, TypeVar

T = TypeVar("T")
JSON: Final = json.JSONEncoder(default=str)  # one for all: `json.dumps` with a default makes one for each item


def table(headers: Sequence[str], rows: Sequence[Sequence[Any]], cell: int = 120) -> str:
    """A Markdown table; a cell is one line of at most `cell` characters."""
    lines = ["| " + " | ".join(headers) + " |", "|" + "---|" * len(headers)]
    lines += ["| " + " | ".join(_cell(value, cell) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def within(items: Sequence[T], characters: int) -> list[T]:
    """The first items whose JSON fits into `characters` together."""
    result: list[T] = []
    for item in items:
        characters -= len(JSON.encode(item)) + 2
        if characters < 0:
            break
        result.append(item)
    return result


def number(value: float) -> str:
    """A measured value as people read it: whole numbers whole, others with four significant digits."""
    return f"{value:.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:.4g}"


def size(bytes_: float) -> str:
    """Bytes as people read them: `38 GB`, `120 MB`."""
    for unit, worth in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if abs(bytes_) >= worth:
            return f"{bytes_ / worth:.3g} {unit}"
    return f"{bytes_:.0f} B"


def _cell(value: Any, limit: int) -> str:
    flat = " ".join(str(value).split()).replace("|", "\\|")
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
