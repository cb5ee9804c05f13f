"""The functions that a query may call on single values."""

from __future__ import annotations

import ipaddress
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from sre_lab.aws.logs.insights.values import Kind, number, order, to_text

AGGREGATES = frozenset(
    [
        "avg",
        "count",
        "count_distinct",
        "earliest",
        "latest",
        "max",
        "median",
        "min",
        "sortsfirst",
        "sortslast",
        "stddev",
        "sum",
    ]
)
PERCENTILE = ("pct", "percentile")
ANY = 99  # arguments


@dataclass(frozen=True)
class InsightsFunction:
    """`period` is the place of the argument that is a span of time; `run` gets values, None where there is none."""

    run: Callable[..., Any]
    least: int = 1
    most: int = 1
    period: int = -1
    gives: Kind = "computed"
    texts: bool = False  # takes times as the texts that they are shown as


def _numeric(change: Callable[[Any], float]) -> InsightsFunction:
    def run(value: Any) -> float | None:
        as_number = number(value)
        try:
            return None if as_number is None else change(as_number)
        except (ValueError, OverflowError):
            return None

    return InsightsFunction(run)


def _text(change: Callable[..., Any], least: int = 1, most: int = 1) -> InsightsFunction:
    """Works on the first argument as a text; nothing comes of nothing."""

    def run(value: Any, *others: Any) -> Any:
        return None if value is None or None in others else change(to_text(value), *others)

    return InsightsFunction(run, least, most, texts=True)


def _choose(pick: Callable[..., Any]) -> InsightsFunction:
    def run(*values: Any) -> Any:
        return pick((value for value in values if number(value) is not None), key=order, default=None)

    return InsightsFunction(run, 1, ANY)


def _strip(strip: Callable[..., str]) -> InsightsFunction:
    return _text(lambda text, signs=None: strip(text, None if signs is None else to_text(signs)), most=2)


def _substring(text: str, start: Any, length: Any = None) -> str | None:
    first, count = number(start), number(length)
    if first is None or first < 0 or (length is not None and count is None):
        return None
    rest = text[int(first) :]
    return rest if count is None else rest[: max(0, int(count))]


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _stringify(value: Any) -> str | None:
    return None if value is None else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _address(version: int | None) -> InsightsFunction:
    def run(text: str) -> bool:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return False
        return version is None or address.version == version

    return _text(run)


def _within(version: int | None) -> InsightsFunction:
    def run(text: str, subnet: Any) -> bool:
        network = _network(to_text(subnet))
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return False
        return network is not None and (version is None or network.version == version) and address in network

    return _text(run, 2, 2)


@lru_cache(256)
def _network(subnet: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(subnet, strict=False)
    except ValueError:
        return None


def _time(value: Any) -> int | None:
    as_number = number(value)
    return None if as_number is None else int(as_number)


FUNCTIONS: dict[str, InsightsFunction] = {
    "abs": _numeric(abs),
    "bin": InsightsFunction(lambda at, cut: None if at is None else cut(at), 1, 1, 0, "time"),
    "ceil": _numeric(math.ceil),
    "coalesce": InsightsFunction(lambda *values: next((v for v in values if v is not None), None), 1, ANY, texts=True),
    "concat": InsightsFunction(
        lambda *values: "".join(to_text(v) for v in values if v is not None), 1, ANY, texts=True
    ),
    "dateceil": InsightsFunction(lambda at, cut: None if _time(at) is None else cut(_time(at)), 2, 2, 1, "time"),
    "datefloor": InsightsFunction(lambda at, cut: None if _time(at) is None else cut(_time(at)), 2, 2, 1, "time"),
    "floor": _numeric(math.floor),
    "frommillis": InsightsFunction(_time, gives="time"),
    "greatest": _choose(max),
    "isblank": InsightsFunction(lambda value: value is None or not to_text(value).strip()),
    "isempty": InsightsFunction(lambda value: value is None or to_text(value) == ""),
    "isipinsubnet": _within(None),
    "isipv4insubnet": _within(4),
    "isipv6insubnet": _within(6),
    "ispresent": InsightsFunction(lambda value: value is not None),
    "isvalidip": _address(None),
    "isvalidipv4": _address(4),
    "isvalidipv6": _address(6),
    "jsonparse": _text(_parse_json),
    "jsonstringify": InsightsFunction(_stringify),
    "least": _choose(min),
    "log": _numeric(math.log),
    "ltrim": _strip(str.lstrip),
    "now": InsightsFunction(lambda: None, 0, 0),
    "replace": _text(lambda text, old, new: text.replace(to_text(old), to_text(new)), 3, 3),
    "rtrim": _strip(str.rstrip),
    "sqrt": _numeric(math.sqrt),
    "strcontains": _text(lambda text, part: int(to_text(part) in text), 2, 2),
    "strlen": _text(len),
    "substr": _text(_substring, 2, 3),
    "tolower": _text(str.lower),
    "tomillis": InsightsFunction(_time),
    "toupper": _text(str.upper),
    "trim": _strip(str.strip),
    "unmask": InsightsFunction(lambda value: value, gives="raw", texts=True),
    "urldecode": _text(unquote),
}
