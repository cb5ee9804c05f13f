"""Log lines read once and in bounded memory: lines that differ in nothing but numbers are one outline.

What a line says (its severity, its kind, which of its numbers mean something) is decided once for each outline, so
that a million lines take seconds. Kept are the outlines with their counts over time, samples of the numbers they state
and the addresses they name, whatever the length of the log. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from mcp_servers.signals.logs.lines import ERROR, WARNING, read_line, severity
from mcp_servers.signals.logs.masks import tokens
from mcp_servers.signals.logs.number_tracks import Measure, NumberTrack, by_name
from mcp_servers.signals.logs.patterns import group
from mcp_servers.signals.logs.stated_numbers import NUMBER, Slot, client, slots

OUTLINES: Final = 10_000  # that are told apart; lines of more are counted
FORMS: Final = 20_000  # of lines, of which some may be of one outline
SLICES: Final = 240  # of the time of a log, before they are merged two by two
CLIENTS: Final = 20_000  # addresses that are counted
SEVERITIES: Final = {ERROR: 2, WARNING: 1}


@dataclass(slots=True)
class Outline:
    """Lines that differ in what varies alone. `tracks` go with `slots`; `by_slice` counts lines by slice of time."""

    example: str
    severity: str
    slots: list[Slot]
    count: int = 0
    first: datetime | None = None
    last: datetime | None = None
    tracks: list[NumberTrack] = field(default_factory=list)
    wholes: list[float] = field(default_factory=list)
    by_slice: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LineForm:
    """Lines without their numbers: of which outline they are, and the places of what they state.

    An outline has several where words vary as well; its slots go with theirs one by one. `client` is -1 without one.
    """

    outline: Outline
    slots: list[Slot]
    client: int


@dataclass
class OutlineKind:
    """Outlines that say the same. `by_slice` counts lines by slice of time."""

    pattern: str
    severity: str
    count: int = 0
    first: datetime | None = None
    last: datetime | None = None
    example: str = ""
    by_slice: dict[int, int] = field(default_factory=dict)


class LogDigest:
    """One log, or several, line by line. Slices are `width` seconds (lines, where lines have no time) long."""

    def __init__(self) -> None:
        self.outlines: list[Outline] = []
        self.lines = self.beyond = 0  # read; of them those of outlines that are not told apart
        self.first: datetime | None = None
        self.last: datetime | None = None
        self.width = 1
        self.clients: dict[str, list[float]] = {}  # address: lines, first and last time
        self.addressed = self.rare_clients = 0  # lines with an address; addresses that made room for others
        self._forms: dict[str, LineForm] = {}
        self._shapes: dict[str, Outline] = {}
        self._least = self._most = 0.0

    def add(self, at: datetime | None, line: str) -> None:
        parts = NUMBER.split(line)
        key = "\0".join(parts[::2])
        when = self._when(at)
        self.lines += 1
        form = self._forms.get(key) or self._new(key, line)
        if form is None:
            self.beyond += 1
            return
        outline = form.outline
        outline.count += 1
        if at is not None:
            if outline.last is None or at > outline.last:
                outline.last = at
            if outline.first is None or at < outline.first:
                outline.first = at
        by_slice, piece = outline.by_slice, int(when) // self.width
        by_slice[piece] = by_slice.get(piece, 0) + 1
        if form.slots:
            _add_numbers(form, when, parts)
        if form.client >= 0:
            self._add_client(f"{parts[2 * form.client + 1]}.{parts[2 * form.client + 3]}", when)

    def _when(self, at: datetime | None) -> float:
        """The time in seconds, or the number of the line; slices are made wider where there are too many."""
        if at is None:
            when = float(self.lines)
        else:
            when = at.timestamp()
            if self.first is None or at < self.first:
                self.first = at
            if self.last is None or at > self.last:
                self.last = at
        if not self.lines:
            self._least = self._most = when
        if when < self._least or when > self._most:
            self._widen(when)
        return when

    def _widen(self, when: float) -> None:
        self._least, self._most = min(self._least, when), max(self._most, when)
        while (self._most - self._least) / self.width > SLICES:
            self.width *= 2
            for outline in self.outlines:
                outline.by_slice = _wider(outline.by_slice)

    def _new(self, key: str, line: str) -> LineForm | None:
        """A form not seen: of a new outline, or of one whose words without what varies are the same."""
        full = len(self._forms) >= FORMS
        shape = " ".join(tokens(line))
        outline = self._shapes.get(shape)
        if outline is None and (full or len(self.outlines) >= OUTLINES):
            return None
        if full and outline is not None:
            return LineForm(outline, [], -1)
        line_slots = slots(line)
        if outline is None:
            outline = Outline(line, severity(line), line_slots)
            outline.tracks = [NumberTrack() for _ in line_slots]
            outline.wholes = [0.0 for _ in line_slots]
            self._shapes[shape] = outline
            self.outlines.append(outline)
        alike = [slot.unit for slot in line_slots] == [slot.unit for slot in outline.slots]
        form = self._forms[key] = LineForm(outline, line_slots if alike else [], client(line))
        return form

    def _add_client(self, address: str, when: float) -> None:
        counts = self.clients.get(address)
        if counts is None:
            self._make_room()
            counts = self.clients[address] = [0, when, when]
        counts[0] += 1
        counts[2] = when
        self.addressed += 1

    def _make_room(self) -> None:
        """Addresses that are seen hardly ever make room for others: the counts of the frequent stay exact enough."""
        rare = 1
        while len(self.clients) >= CLIENTS:
            frequent = {address: counts for address, counts in self.clients.items() if counts[0] > rare}
            self.rare_clients += len(self.clients) - len(frequent)
            self.clients, rare = frequent, rare * 2


def _add_numbers(form: LineForm, when: float, parts: Sequence[str]) -> None:
    """What a line of that form states; `parts` are its fixed parts and its numbers by turns."""
    outline = form.outline
    for i, slot in enumerate(form.slots):
        try:
            outline.tracks[i].add(when, float(parts[2 * slot.place + 1]) * slot.factor)
            if slot.whole >= 0:
                outline.wholes[i] = max(outline.wholes[i], float(parts[2 * slot.whole + 1]))
        except ValueError:  # a hexadecimal word stands there this time
            continue


def outlines(lines: Iterable[tuple[datetime | None, str]]) -> list[Outline]:
    """The outlines of the lines, in the order in which they first stand there."""
    return digested(lines).outlines


def digested(lines: Iterable[tuple[datetime | None, str]]) -> LogDigest:
    digest = LogDigest()
    for at, line in lines:
        digest.add(at, line)
    return digest


def kinds(outlines: Sequence[Outline]) -> list[OutlineKind]:
    """What the lines say, the errors first, then the frequent."""
    by_pattern: dict[str, OutlineKind] = {}
    patterns = group([read_line(outline.example).message for outline in outlines])
    for outline, pattern in zip(outlines, patterns, strict=True):
        kind = by_pattern.setdefault(
            pattern, OutlineKind(pattern, outline.severity, first=outline.first, example=outline.example)
        )
        kind.count += outline.count
        for piece, count in outline.by_slice.items():
            kind.by_slice[piece] = kind.by_slice.get(piece, 0) + count
        if outline.first is not None and outline.last is not None:
            kind.first = min(kind.first or outline.first, outline.first)
            kind.last = max(kind.last or outline.last, outline.last)
        if SEVERITIES.get(outline.severity, 0) > SEVERITIES.get(kind.severity, 0):
            kind.severity, kind.example = outline.severity, outline.example
    return sorted(by_pattern.values(), key=lambda kind: (-SEVERITIES.get(kind.severity, 0), -kind.count))


def measures(outlines: Sequence[Outline], words: Sequence[str] = ()) -> list[Measure]:
    """The numbers whose name holds every word (by its stem), the most stated first; all without words."""
    stems = [stem(word) for word in words]
    return by_name(
        (slot.name, slot.unit, track, whole)
        for outline in outlines
        for slot, track, whole in zip(outline.slots, outline.tracks, outline.wholes, strict=True)
        if track.count and all(part in slot.name.lower() for part in stems)
    )


def stem(word: str) -> str:
    """A word without its ending, so that `render`, `renders` and `rendering` are one."""
    low = word.lower()
    for ending in ("ing", "ed", "es", "s", "e"):
        if low.endswith(ending) and len(low) - len(ending) >= 4:
            return low[: -len(ending)]
    return low


def _wider(by_slice: dict[int, int]) -> dict[int, int]:
    result: dict[int, int] = {}
    for piece, count in by_slice.items():
        result[piece // 2] = result.get(piece // 2, 0) + count
    return result
