"""What values add up to: numbers, and amounts of bytes as Kubernetes writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sre_agent.language.lexicon import unit_symbols, units

_AMOUNT: Final = re.compile(r"(\d+(?:\.\d+)?)([A-Za-z]*)")
_SHOWN: Final = ("Ti", "Gi", "Mi", "Ki")


def sum_of(groups: Mapping[str, int], unit: str) -> str:
    """The sum of values of a unit (B, cores, n) by how often each occurs; what is no amount is said to be left out."""
    total, unread = _sum(groups, unit)
    return f"{_amount_text(total, unit)} in total{unread}"


def average_of(groups: Mapping[str, int], unit: str, count: int) -> str:
    """The same shared by so many things, those without a value among them."""
    total, unread = _sum(groups, unit)
    return f"{_amount_text(total / count, unit)} on average{unread}" if count else ""


def _sum(groups: Mapping[str, int], unit: str) -> tuple[float, str]:
    read = {value: amount_of(value, unit) for value in groups if value != "none"}
    unread = sum(groups[value] for value, size in read.items() if size is None)
    total = sum(size * groups[value] for value, size in read.items() if size is not None)
    return total, f" without {unread} that could not be read" if unread else ""


def amount_of(value: str, unit: str) -> float | None:
    """A Kubernetes quantity in bytes, in cores or as a number; None for what is none."""
    match = _AMOUNT.fullmatch(value)
    if match is None:
        return None
    if not match[2]:
        return float(match[1])
    if unit == "cores":
        return float(match[1]) / 1000 if match[2] == "m" else None
    one = units().get(unit_symbols().get(match[2], f"{match[2]}B"))  # `100M` is short for MB
    return float(match[1]) * one.size if one is not None else None


def _amount_text(amount: float, unit: str) -> str:
    if unit == "B":
        return bytes_text(amount)
    text = f"{round(amount, 3):g}"
    return f"{text} {'core' if text == '1' else 'cores'}" if unit == "cores" else text


def bytes_text(amount: float) -> str:
    """An amount of bytes in the greatest unit of which there is one."""
    for symbol in _SHOWN:
        size = units()[unit_symbols().get(symbol, symbol)].size
        if amount >= size:
            return f"{round(amount / size, 1):g}{symbol}"
    return f"{amount:g} bytes"
