"""What values add up to: numbers, and amounts of bytes as Kubernetes writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sre_agent.language.lexicon import unit_symbols, units

_AMOUNT: Final = re.compile(r"(\d+(?:\.\d+)?)([A-Za-z]*)")
_SHOWN: Final = ("Ti", "Gi", "Mi", "Ki")


def sum_of(groups: Mapping[str, int]) -> str:
    """The sum of values by how often each occurs; what is no amount is said to be left out."""
    read = {value: _bytes(value) for value in groups if value != "none"}
    added = sum(size * groups[value] for value, size in read.items() if size is not None)
    unread = sum(groups[value] for value, size in read.items() if size is None)
    text = _in_units(added) if any(not value.isdigit() for value in read) else f"{added:g}"
    return text + (f" without {unread} that could not be read" if unread else "")


def _bytes(value: str) -> float | None:
    match = _AMOUNT.fullmatch(value)
    if match is None:
        return None
    if not match[2]:
        return float(match[1])
    unit = units().get(unit_symbols().get(match[2], f"{match[2]}B"))  # `100M` is short for MB
    return float(match[1]) * unit.size if unit is not None else None


def _in_units(amount: float) -> str:
    for symbol in _SHOWN:
        size = units()[unit_symbols().get(symbol, symbol)].size
        if amount >= size:
            return f"{round(amount / size, 1):g}{symbol}"
    return f"{amount:g} bytes"
