"""Kubernetes quantities (`250m`, `64Mi`, `1e3`): whether they are written correctly, and their value."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

PATTERN = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"
WRONG = f"quantities must match the regular expression '{PATTERN}'"
_FORM = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+))(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)?$")
_SCALE = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "P": Decimal(10**15),
    "E": Decimal(10**18),
} | {f"{letter}i": Decimal(1024 ** (place + 1)) for place, letter in enumerate("KMGTPE")}


@lru_cache(maxsize=4096)
def parse(text: str | int | float) -> Decimal:
    """The value in base units (cores, bytes, pieces); ValueError when it is no quantity."""
    match = _FORM.match(str(text))
    if match is None:
        raise ValueError(WRONG)
    number, suffix = match.groups()
    if not suffix:
        return Decimal(number)
    if suffix[0] in "eE" and suffix[1:]:
        return Decimal(number + suffix)
    return Decimal(number) * _SCALE[suffix]


def canonical(text: str | int | float) -> str:
    """Numbers as text and fractions in thousandths (`0.5` is `500m`); other suffixes stay as they were written."""
    plain = str(text)
    match = _FORM.match(plain)
    if match is None or match.group(2):
        return plain
    value = Decimal(plain)
    if value == value.to_integral_value():
        return str(int(value))
    thousandths = value * 1000
    return f"{int(thousandths)}m" if thousandths == thousandths.to_integral_value() else plain
