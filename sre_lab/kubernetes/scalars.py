"""Single values of an object: whether they fit the Go type that belongs there, and what Go calls what they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sre_lab.kubernetes import quantities
from sre_lab.kubernetes.go_types import INT_OR_STRING, NAMED_TEXTS, QUANTITY, TIMES

INTEGERS = ("int32", "int64")
_BASE64 = re.compile(r"[A-Za-z0-9+/]")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d([.,]\d+)?([Zz]|[+-]\d\d:\d\d)")
_LAYOUTS = {"meta.v1.Time": "2006-01-02T15:04:05Z07:00", "meta.v1.MicroTime": "2006-01-02T15:04:05.000000Z07:00"}
Verdict = tuple[bool, str]  # fits its type, and what its own reader says against it where it has one


def json_kind(value: Any) -> str:
    """`string`, `number`, `bool`, `object` or `array`."""
    if isinstance(value, bool):
        return "bool"
    kinds: dict[type, str] = {str: "string", dict: "object", list: "array"}
    return kinds.get(type(value), "number")


def go_kind(value: Any) -> str:
    """The kind of Go value that stands for a JSON value which has no type yet."""
    if isinstance(value, bool):
        return "bool"
    kinds: dict[type, str] = {str: "string", int: "int64", float: "float64", dict: "map", list: "slice"}
    return kinds.get(type(value), "string")


def reflect_kind(type_: str) -> str:
    """The kind of a Go type by its name: `map`, `slice`, `struct`, `string`, `int32` …"""
    if type_.startswith("[]"):
        return "slice"
    if type_.startswith("map[") or type_ == "v1.ResourceList":
        return "map"
    if type_ in (*INTEGERS, "string", "bool", "float64"):
        return type_
    return "string" if type_ in NAMED_TEXTS else "struct"


def _is_text(value: Any, _kind: str) -> Verdict:
    return isinstance(value, str), ""


def _is_truth(value: Any, _kind: str) -> Verdict:
    return isinstance(value, bool), ""


def _is_number(value: Any, _kind: str) -> Verdict:
    return isinstance(value, int | float) and not isinstance(value, bool), ""


def _is_integer(value: Any, kind: str) -> Verdict:
    bits = 31 if kind == "int32" else 63
    return isinstance(value, int) and not isinstance(value, bool) and -(2**bits) <= value < 2**bits, ""


def _is_int_or_string(value: Any, _kind: str) -> Verdict:
    return isinstance(value, str) or _is_integer(value, "int32")[0], ""


def _is_quantity(value: Any, _kind: str) -> Verdict:
    try:
        quantities.parse(value.strip() if isinstance(value, str) else value if json_kind(value) == "number" else "?")
    except ValueError:
        return False, quantities.WRONG
    return True, ""


def _is_base64(value: Any, _kind: str) -> Verdict:
    if not isinstance(value, str):
        return False, ""
    place = _illegal_base64(value)
    return place is None, "" if place is None else f"illegal base64 data at input byte {place}"


def _illegal_base64(text: str) -> int | None:
    """Where Go's strict decoder stops; None when it does not."""
    digits = 0
    for place, character in enumerate(text):
        if character in "\r\n":
            continue
        if _BASE64.match(character):
            digits += 1
            continue
        rest = re.sub(r"[\r\n]", "", text[place:])
        if character != "=" or digits % 4 < 2:
            return place
        missing = 4 - digits % 4
        if rest == "=" * missing:
            return None
        return len(text) if rest == "=" * len(rest) and len(rest) < missing else place + missing
    return None if digits % 4 == 0 else len(text) - digits % 4


def _time_check(layout: str) -> Callable[[Any, str], Verdict]:
    def check(value: Any, _kind: str) -> Verdict:
        if not isinstance(value, str):
            return False, f"json: cannot unmarshal {json_kind(value)} into Go value of type string"
        if _is_moment(value):
            return True, ""
        return False, no_time(value, layout)

    return check


def no_time(text: str, layout: str = _LAYOUTS[TIMES[0]]) -> str:
    """What Go says of a text that is no time."""
    return f'parsing time "{text}" as "{layout}": cannot parse "{text}" as "2006"'


def _is_moment(text: str) -> bool:
    if not _TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text[:19].upper())
    except ValueError:
        return False
    return True


# By the type of the protobuf table.
CHECKS: dict[str, Callable[[Any, str], Verdict]] = {
    "s": _is_text,
    "b": _is_truth,
    "i": _is_integer,
    "d": _is_number,
    "y": _is_base64,
    QUANTITY: _is_quantity,
    INT_OR_STRING: _is_int_or_string,
    **{time: _time_check(_LAYOUTS[time]) for time in TIMES},
}
