"""Which numbers of a log line mean something: durations, sizes, shares of a whole, fields and names with a number.

The numbers of one outline stand at the same places in each of its lines, so that this is found out once.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from mcp_servers.signals.logs.lines import read_line, unwrapped

SECONDS: Final = {
    **dict.fromkeys(("ns", "nanosecond"), 1e-9),
    **dict.fromkeys(("us", "µs", "microsecond"), 1e-6),
    **dict.fromkeys(("ms", "msec", "millis", "millisecond"), 1e-3),
    **dict.fromkeys(("s", "sec", "second"), 1.0),
    **dict.fromkeys(("min", "minute"), 60.0),
    **dict.fromkeys(("h", "hour"), 3600.0),
}
POWERS: Final = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
SLOTS: Final = 12  # of one line
NAME: Final = 160  # characters

# Decimal numbers, and hexadecimal ones as whole words: the ends of an outline's fixed parts.
NUMBER: Final = re.compile(r"((?<![a-f])[a-f]*+[0-9][0-9a-f]*+(?:\.[0-9]++)?)")
_STATED = re.compile(
    r"(?<![\w.:/-])(\d+(?:\.\d+)?)\s?(ns|nanoseconds?|us|µs|microseconds?|ms|msecs?|millis|milliseconds?"
    r"|s|secs?|seconds?|min|minutes?|h|hours?)\b"
)
_SIZE = re.compile(r"(?<![\w.:/-])(\d+(?:\.\d+)?)\s?([kKMGT]?)(?:i?B|bytes|i(?=\W|$))(?!\w)")
_SHARE = re.compile(r"(?<![\w.:/-])(\d+)/(\d+)(?![\w./-])")
_NAMED = re.compile(r"(?<![\w.-])([A-Za-z][\w.-]{1,60})(?:=|: ?)(\d+(?:\.\d+)?)(?![\w:/-]|\.\d)")
_ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_UNIT_OF_NAME = re.compile(r"_(ns|us|ms|millis|sec|secs|seconds|s)$|(?<=[a-z])(Ms|Millis|Sec|Secs|Seconds)$")


@dataclass(frozen=True)
class Slot:
    """A number of an outline that means something: which one it is, what it is called, and its unit.

    `unit` is `s` for durations and `bytes` for sizes (`factor` makes these of it), `of` for a share of the number at
    `whole`, else empty.
    """

    place: int
    name: str
    unit: str
    factor: float = 1.0
    whole: int = -1


def places(line: str) -> dict[int, int]:
    """The place of each number of the line, by where it begins."""
    return {match.start(): place for place, match in enumerate(NUMBER.finditer(line))}


def client(line: str) -> int:
    """The place of the first address of the line, which takes two numbers; -1 without one."""
    match = _ADDRESS.search(line)
    at = places(line)
    return at.get(match.start(), -1) if match is not None else -1


def slots(line: str) -> list[Slot]:
    """The numbers of a line that mean something, each once and under a name of its own: a heap of 3 MB of 4096 MB is
    no series of 3, 4096, 3, 4096."""
    by_place: dict[int, Slot] = {}
    for slot in _slots(line, places(line)):
        by_place.setdefault(slot.place, slot)
    in_order = sorted(by_place.values(), key=lambda slot: slot.place)
    names = Counter((slot.name, slot.unit) for slot in in_order)
    before: Counter[tuple[str, str]] = Counter()
    for slot in in_order:
        key = slot.name, slot.unit
        before[key] += 1
        if names[key] > 1:
            by_place[slot.place] = replace(slot, name=f"{slot.name} (number {before[key]} of {names[key]})")
    return list(by_place.values())[:SLOTS]


def _slots(line: str, at: dict[int, int]) -> Iterator[Slot]:
    fields: Any = None
    if unwrapped(line).lstrip().startswith("{"):
        try:
            fields = json.loads(unwrapped(line))
        except ValueError:
            fields = None
    if isinstance(fields, dict):
        yield from _of_fields(line, fields, at)
    message = read_line(line).message
    begin = line.find(message)
    if begin < 0 or (isinstance(fields, dict) and message == unwrapped(line)):
        return
    name = NUMBER.sub("#", message)[:NAME]
    for match in _STATED.finditer(message):
        if (place := at.get(begin + match.start(1))) is not None:
            yield Slot(place, name, "s", _seconds(match[2]))
    for size in _SIZE.finditer(message):
        if (place := at.get(begin + size.start(1))) is not None:
            yield Slot(place, name, "bytes", 1024.0 ** POWERS[size[2].lower()])
    for share in _SHARE.finditer(message):
        own, whole = at.get(begin + share.start(1)), at.get(begin + share.start(2))
        if own is not None and whole is not None and float(share[1]) <= float(share[2]) > 0:
            yield Slot(own, name, "of", whole=whole)
    for name_match in _NAMED.finditer(message):
        if (place := at.get(begin + name_match.start(2))) is not None:
            yield _of_name(place, name_match[1])


def _of_fields(line: str, fields: dict[str, Any], at: dict[int, int]) -> Iterator[Slot]:
    for key, value in fields.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        match = re.search(rf'"{re.escape(key)}"\s*:\s*(\d)', line)
        if match is not None and (place := at.get(match.start(1))) is not None:
            yield _of_name(place, key)


def _of_name(place: int, name: str) -> Slot:
    unit = _UNIT_OF_NAME.search(name)
    return Slot(place, name, "s" if unit else "", _seconds((unit[1] or unit[2]).lower()) if unit else 1.0)


def _seconds(unit: str) -> float:
    return SECONDS[unit if unit in SECONDS else unit.removesuffix("s")]
