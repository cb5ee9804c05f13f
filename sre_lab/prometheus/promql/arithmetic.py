"""Arithmetic as Go does it: no exceptions, but infinities and NaN."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

One = Callable[[float], float]
Two = Callable[[float, float], float]


def total_of(function: One) -> One:
    """`function` with NaN where it has no value, and infinity where the value is too large."""

    def safe(value: float) -> float:
        try:
            return function(value)
        except ValueError:
            return math.nan
        except OverflowError:
            return math.copysign(math.inf, value) if function in (math.sinh,) else math.inf

    return safe


def _logarithm(function: One) -> One:
    inner = total_of(function)
    return lambda value: -math.inf if value == 0 else inner(value)


def divide(a: float, b: float) -> float:
    if b:
        return a / b
    if not a or math.isnan(a) or math.isnan(b):
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def power(a: float, b: float) -> float:
    try:
        return math.pow(a, b)
    except ValueError:
        if a == 0 and b < 0:
            odd = b == int(b) and int(b) % 2 == 1
            return math.copysign(math.inf, a) if odd else math.inf
        return math.nan
    except OverflowError:
        odd = a < 0 and b == int(b) and int(b) % 2 == 1
        return -math.inf if odd else math.inf


def remainder(a: float, b: float) -> float:
    try:
        return math.fmod(a, b)
    except ValueError:
        return math.nan


def whole(function: Callable[[float], int]) -> One:
    """A rounding that leaves NaN and infinities alone."""
    return lambda value: float(function(value)) if math.isfinite(value) else value


def sign(value: float) -> float:
    return value if math.isnan(value) else float((value > 0) - (value < 0))


def round_to(value: float, nearest: float) -> float:
    """To the nearest multiple, halves up."""
    inverse = divide(1.0, nearest)
    multiple = value * inverse + 0.5
    return divide(math.floor(multiple), inverse) if math.isfinite(multiple) else divide(multiple, inverse)


def plain(value: float) -> str:
    """Without an exponent, and no longer than it takes to tell the number apart."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value == int(value):
        return f"{value:.0f}"
    text = repr(value)
    return text if "e" not in text else f"{value:.{_digits(text)}f}"


def _digits(text: str) -> int:
    """Decimal places of a number written with a negative exponent."""
    mantissa, exponent = text.split("e")
    return len(mantissa.partition(".")[2]) - int(exponent)


def number_text(value: float) -> str:
    """A number as the HTTP API writes it."""
    if value and math.isfinite(value) and not 1e-6 <= abs(value) < 1e21:
        return repr(value)
    return plain(value)


ARITHMETIC: dict[str, Two] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": divide,
    "%": remainder,
    "^": power,
    "atan2": math.atan2,
}
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
FUNCTIONS: dict[str, One] = {
    **{
        name: total_of(getattr(math, name))
        for name in ("acos", "acosh", "asin", "asinh", "atan", "cos", "cosh", "exp", "sin", "sinh", "sqrt", "tan")
    },
    "abs": abs,
    "atanh": lambda value: math.copysign(math.inf, value) if abs(value) == 1 else total_of(math.atanh)(value),
    "ceil": whole(math.ceil),
    "deg": lambda value: value * 180 / math.pi,
    "floor": whole(math.floor),
    "ln": _logarithm(math.log),
    "log10": _logarithm(math.log10),
    "log2": _logarithm(math.log2),
    "rad": lambda value: value * math.pi / 180,
    "sgn": sign,
    "tanh": math.tanh,
}
