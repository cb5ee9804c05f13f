"""Many log lines read once: lines that differ in nothing but numbers are looked at together, their numbers kept.

What a line says (its severity, its kind, which of its numbers mean something) is decided once for each outline, so
that a hundred thousand lines take a second and not a minute. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from statistics import median
from typing import Any, Final

from mcp_servers.signals.logs.lines import ERROR, WARNING, read_line, severity, unwrapped
from mcp_servers.signals.logs.patterns import grouped

SECONDS: Final = {
    **dict.fromkeys(("ns", "nanosecond"), 1e-9),
    **dict.fromkeys(("us", "µs", "microsecond"), 1e-6),
    **dict.fromkeys(("ms", "msec", "millis", "millisecond"), 1e-3),
    **dict.fromkeys(("s", "sec", "second"), 1.0),
    **dict.fromkeys(("min", "minute"), 60.0),
    **dict.fromkeys(("h", "hour"), 3600.0),
}
PART: Final = 0.1  # of the lines, at either end, that tell how a number began and ended
ROW: Final = 5  # numbers in a row, whose middle no single one moves
EARLY: Final = 0.9  # of the numbers of the first half
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)")
_STATED = re.compile(
    r"(?<![\w.:/-])(\d+(?:\.\d+)?)\s?(ns|nanoseconds?|us|µs|microseconds?|ms|msecs?|millis|milliseconds?"
    r"|s|secs?|seconds?|min|minutes?|h|hours?)\b"
)
_SHARE = re.compile(r"(?<![\w.:/-])(\d+)/(\d+)(?![\w./-])")
_UNIT_OF_NAME = re.compile(r"_(ns|us|ms|millis|sec|secs|seconds|s)$|(?<=[a-z])(Ms|Millis|Sec|Secs|Seconds)$")
_SEVERITIES: Final = {ERROR: 2, WARNING: 1}


@dataclass(frozen=True)
class Slot:
    """A number of an outline that means something: which one it is, what it is called, and its unit.

    `unit` is `s` for durations (`factor` makes seconds of it), `of` for a share of the number at `whole`, else empty.
    """

    place: int
    name: str
    unit: str
    factor: float = 1.0
    whole: int = -1


@dataclass
class Outline:
    """Lines that differ in numbers alone. `rows` are their numbers where any of them means something."""

    example: str
    severity: str
    slots: list[Slot]
    count: int = 0
    first: datetime | None = None
    last: datetime | None = None
    rows: list[tuple[int, list[str]]] = field(default_factory=list)


@dataclass
class OutlineKind:
    """Outlines that say the same."""

    pattern: str
    severity: str
    count: int = 0
    first: datetime | None = None
    last: datetime | None = None
    example: str = ""


@dataclass
class Measure:
    """One number of the lines, in the order of the lines."""

    name: str
    unit: str
    values: list[tuple[int, float]] = field(default_factory=list)
    whole: float = 0.0

    @cached_property
    def numbers(self) -> list[float]:
        """The values, once all are there."""
        return [number for _, number in sorted(self.values)]

    @property
    def moved(self) -> float:
        """How many times its middle the number came to; a share by how near it came to its whole."""
        numbers = self.numbers
        return max(numbers) / self.whole * 10 if self.whole else max(numbers) / (abs(median(numbers)) or 1.0)

    def as_data(self, digits: int = 4) -> dict[str, Any]:
        """As plain data: range, middle, the middles of the first and the last tenth, what most of the first half stays
        below (`early`), and the highest middle of a few in a row (`peak`), which a single outlier does not lift."""
        numbers = self.numbers
        part = max(1, int(len(numbers) * PART))
        first = sorted(numbers[: max(1, len(numbers) // 2)])
        row = min(ROW, max(1, len(numbers) // 3))
        figures = {
            "least": min(numbers),
            "middle": median(numbers),
            "most": max(numbers),
            "began": median(numbers[:part]),
            "ended": median(numbers[-part:]),
            "early": first[int(len(first) * EARLY)],
            "peak": max(median(numbers[at : at + row]) for at in range(0, len(numbers) - row + 1, row)),
        }
        rounded = {what: round(figure, digits) for what, figure in figures.items()}
        whole = {"whole": self.whole} if self.whole else {}
        return {"name": self.name, "unit": self.unit, "count": len(numbers)} | rounded | whole


def outlines(lines: Iterable[tuple[datetime | None, str]]) -> list[Outline]:
    """The outlines of the lines, in the order in which they first stand there."""
    found: dict[str, Outline] = {}
    for number, (at, line) in enumerate(lines):
        parts = _NUMBER.split(line)
        key = "\0".join(parts[::2])
        outline = found.get(key)
        if outline is None:
            outline = found[key] = Outline(line, severity(line), _slots(line), first=at)
        outline.count += 1
        outline.last = at or outline.last
        if outline.slots:
            outline.rows.append((number, parts[1::2]))
    return list(found.values())


def kinds(found: Sequence[Outline]) -> list[OutlineKind]:
    """What the lines say, the errors first, then the frequent."""
    named: dict[str, OutlineKind] = {}
    patterns = grouped([read_line(outline.example).message for outline in found])
    for outline, pattern in zip(found, patterns, strict=True):
        kind = named.setdefault(
            pattern, OutlineKind(pattern, outline.severity, first=outline.first, example=outline.example)
        )
        kind.count += outline.count
        if outline.last is not None:
            kind.last = max(kind.last or outline.last, outline.last)
        if _SEVERITIES.get(outline.severity, 0) > _SEVERITIES.get(kind.severity, 0):
            kind.severity = outline.severity
    return sorted(named.values(), key=lambda kind: (-_SEVERITIES.get(kind.severity, 0), -kind.count))


def measures(found: Sequence[Outline], words: Sequence[str] = ()) -> list[Measure]:
    """The numbers whose name holds every word (by its stem), the most stated first; all without words."""
    stems = [stem(word) for word in words]
    named: dict[tuple[str, str], Measure] = {}
    for outline in found:
        for slot in outline.slots:
            if not all(part in slot.name.lower() for part in stems):
                continue
            measure = named.setdefault((slot.name, slot.unit), Measure(slot.name, slot.unit))
            measure.values += [(number, float(row[slot.place]) * slot.factor) for number, row in outline.rows]
            if slot.whole >= 0:
                measure.whole = max(measure.whole, *(float(row[slot.whole]) for _, row in outline.rows))
    return sorted(named.values(), key=lambda measure: -len(measure.values))


def stem(word: str) -> str:
    """A word without its ending, so that `render`, `renders` and `rendering` are one."""
    low = word.lower()
    for ending in ("ing", "ed", "es", "s", "e"):
        if low.endswith(ending) and len(low) - len(ending) >= 4:
            return low[: -len(ending)]
    return low


def _slots(line: str) -> list[Slot]:
    """The numbers of a line that mean something, by their places in it."""
    places = {match.start(): place for place, match in enumerate(_NUMBER.finditer(line))}
    fields: Any = None
    if unwrapped(line).lstrip().startswith("{"):
        try:
            fields = json.loads(unwrapped(line))
        except ValueError:
            fields = None
    slots = _field_slots(line, fields, places) if isinstance(fields, dict) else []
    message = read_line(line).message
    name, begin = _NUMBER.sub("#", message)[:160], line.find(message)
    if begin < 0 or (isinstance(fields, dict) and message == unwrapped(line)):
        return slots
    for stated in _STATED.finditer(message):
        if (place := places.get(begin + stated.start(1))) is not None:
            slots.append(Slot(place, name, "s", _factor(stated[2])))
    for share in _SHARE.finditer(message):
        own, whole = places.get(begin + share.start(1)), places.get(begin + share.start(2))
        if own is not None and whole is not None and float(share[1]) <= float(share[2]) > 0:
            slots.append(Slot(own, name, "of", whole=whole))
    return slots


def _field_slots(line: str, fields: dict[str, Any], places: dict[int, int]) -> list[Slot]:
    slots = []
    for key, held in fields.items():
        if isinstance(held, bool) or not isinstance(held, int | float):
            continue
        at = re.search(rf'"{re.escape(key)}"\s*:\s*(\d)', line)
        if at is not None and (place := places.get(at.start(1))) is not None:
            unit = _UNIT_OF_NAME.search(key)
            slots.append(Slot(place, key, "s" if unit else "", _factor((unit[1] or unit[2]).lower()) if unit else 1.0))
    return slots


def _factor(unit: str) -> float:
    return SECONDS[unit if unit in SECONDS else unit.removesuffix("s")]
