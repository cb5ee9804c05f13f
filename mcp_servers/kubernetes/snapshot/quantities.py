"""Amounts as Kubernetes writes them, compared by what they mean."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

_FORM = re.compile(r"^([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)([numkKMGTPE]i?)?$")
_FACTORS: Final = {
    **{"": Decimal(1), "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "k": Decimal(1000)},
    **{letter: Decimal(1000) ** power for power, letter in enumerate("MGTPE", start=2)},
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", start=1)},
}


def amount(text: Any) -> Decimal | None:
    """The value in base units (cores, bytes); None for what is no quantity."""
    match = _FORM.match(str(text).strip()) if text is not None else None
    if match is None or (match[2] or "") not in _FACTORS:
        return None
    return Decimal(match[1]) * _FACTORS[match[2] or ""]


def same(one: Any, other: Any) -> bool:
    left, right = amount(one), amount(other)
    return left == right if left is not None and right is not None else str(one) == str(other)


def mebibytes(text: Any) -> str:
    value = amount(text)
    return "?" if value is None else f"{value / 1024 / 1024:.0f}Mi"


def millicores(text: Any) -> str:
    value = amount(text)
    return "?" if value is None else f"{value * 1000:.0f}m"
