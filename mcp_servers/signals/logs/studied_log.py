"""The lines of a log that are asked for, counted as they come: how many, the last of them, their kinds and numbers."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.serving.markdown import within
from mcp_servers.serving.windows import rfc3339
from mcp_servers.signals.logs.lines import ERROR, WARNING, read_line, severity, unwrapped
from mcp_servers.signals.logs.log_shape import shape
from mcp_servers.signals.logs.number_tracks import Measure
from mcp_servers.signals.logs.outlines import LogDigest, OutlineKind, kinds, measures

ROOM: Final = 4_000  # characters of JSON for lines, and as many for kinds
KINDS: Final = 12
MEASURES: Final = 8
LINE: Final = 400
CACHE_SIZE: Final = 50_000  # outlines whose severity needs no second look
RARE: Final = 3  # lines of a kind at most, so that it tells of an event and not of work
BEFORE: Final = 2  # of these that stand last before the trouble
LEVELS: Final = {"error": (ERROR,), "warning": (WARNING, ERROR)}
_DIGITS: Final = re.compile(r"\d+")

Span = tuple[datetime | None, datetime | None]
Take = Callable[[datetime, str], None]


class StudiedLine(NamedTuple):
    at: datetime
    pod: str
    text: str


class StudiedLog:
    """`limit` lines are kept from either end of each run; everything else is only counted."""

    def __init__(self, contains: list[str], level: str, topic: str, span: Span, limit: int) -> None:
        self._texts = [text.lower() for text in contains]
        self._level, self._topic, self._limit = level, topic, max(0, limit)
        self._since, self._until = span
        self._digest = LogDigest()
        self._lines_read = 0
        self._oldest: list[StudiedLine] = []
        self._newest: list[tuple[str, deque[tuple[datetime, str]]]] = []  # the last lines of each run, by pod
        self._severities: dict[str, str] = {}

    def of_pod(self, pod: str) -> Take:
        """What takes the lines of one run of the pod, in the order of time."""
        topic = TopicSections(self._topic) if self._topic else None
        newest: deque[tuple[datetime, str]] = deque(maxlen=self._limit)
        self._newest.append((pod, newest))
        room = len(self._oldest) + self._limit
        since, until, add = self._since, self._until, self._digest.add
        takes_all = topic is None and not self._texts and not self._level  # spares a million lines two calls each

        def take(at: datetime, text: str) -> None:
            if (since and at < since) or (until and at > until):
                return
            self._lines_read += 1
            if not takes_all and ((topic is not None and not topic.keeps(text)) or not self._is_chosen(text)):
                return
            add(at, text)
            newest.append((at, text))
            if len(self._oldest) < room:
                self._oldest.append(StudiedLine(at, pod, text))

        return take

    def _is_chosen(self, text: str) -> bool:
        if self._texts:
            low = text.lower()
            if not all(wanted_text in low for wanted_text in self._texts):
                return False
        if not self._level:
            return True
        outline = _DIGITS.sub("0", text)
        level = self._severities.get(outline)
        if level is None:
            if len(self._severities) >= CACHE_SIZE:
                self._severities.clear()
            level = self._severities[outline] = severity(text)
        return level in LEVELS[self._level]

    def plain(self, numbers: list[str], oldest: bool) -> dict[str, Any]:
        """As plain data."""
        digest = self._digest
        outlines = kinds(digest.outlines)
        all_measures = measures(digest.outlines, numbers)
        selection = all_measures if numbers else sorted(all_measures, key=_telling, reverse=True)
        return {
            "read": self._lines_read,
            "matched": digest.lines,
            "first": rfc3339(digest.first) if digest.first else "",
            "last": rfc3339(digest.last) if digest.last else "",
            "lines": within([_row(line) for line in self._lines(oldest)], ROOM),
            "kinds": within([_kind(kind) for kind in outlines[:KINDS]], ROOM),
            "before": [_kind(kind) for kind in _before(outlines)],
            "number_of_kinds": len(outlines),
            "errors": sum(kind.count for kind in outlines if kind.severity == ERROR),
            "warnings": sum(kind.count for kind in outlines if kind.severity == WARNING),
            "measures": [measure.as_data() for measure in selection[:MEASURES]],
            **({"lines_of_other_kinds": digest.beyond} if digest.beyond else {}),
        }

    def shape(self, subject: Subject) -> list[Observation]:
        """What the matched lines show as a whole."""
        return shape(self._digest, subject)

    def _lines(self, oldest: bool) -> list[StudiedLine]:
        if oldest:
            return sorted(self._oldest, key=_time)[: self._limit]
        newest = (StudiedLine(at, pod, text) for pod, lines in self._newest for at, text in lines)
        return sorted(newest, key=_time)[::-1][: self._limit]


class TopicSections:
    """The sections of a log that a line about the topic begins.

    A line begins a section when it has the form of lines that name the topic: the same words with another one in the
    topic's place. Before the first line that names it, nothing is of the topic.
    """

    def __init__(self, topic: str) -> None:
        self._low = topic.lower()
        self._word = _DIGITS.sub("#", self._low)
        self._ends: tuple[str, str] | None = None
        self._inside = False

    def keeps(self, text: str) -> bool:
        low = text.lower()
        names = self._low in low
        if self._ends is None:
            if not names:
                return False
            at = low.find(self._low)
            self._ends = _DIGITS.sub("#", text[:at]), _DIGITS.sub("#", text[at + len(self._low) :])
        head, tail = self._ends
        outline = _DIGITS.sub("#", text)
        if outline.startswith(head) and outline.endswith(tail) and len(outline) > len(head) + len(tail):
            word = outline[len(head) : len(outline) - len(tail)].lower()
            self._inside = word == self._word if " " not in word else self._inside
        return self._inside or names


def _time(line: StudiedLine) -> datetime:
    return line.at


def _row(line: StudiedLine) -> dict[str, str]:
    return {"at": rfc3339(line.at), "pod": line.pod, "text": excerpt(_message_text(line.text), LINE)}


def _message_text(line: str) -> str:
    """The line as its program wrote it; of a JSON line the level and the message."""
    text = unwrapped(line)
    if not text.lstrip().startswith("{"):
        return text
    read = read_line(line)
    return " ".join(filter(None, [read.level.upper(), read.message]))


def _telling(measure: Measure) -> tuple[bool, bool, float]:
    return measure.grew, measure.count >= 3 and bool(measure.unit), measure.deviation


def _before(outlines: Sequence[OutlineKind]) -> list[OutlineKind]:
    """What happened once or so before the trouble began: a reload, a switch, a spike."""
    often = [k for k in outlines if k.count > RARE and k.first]
    worst = [k for k in often if k.severity == ERROR] or [k for k in often if k.severity == WARNING]
    start = min((k.first for k in worst if k.first), default=None)
    if start is None:
        return []
    rare = [k for k in outlines if k.count <= RARE and k.severity != ERROR and k.last and k.last <= start]
    return sorted(rare, key=lambda k: k.last or start)[-BEFORE:]


def _kind(kind: OutlineKind) -> dict[str, Any]:
    return {
        "pattern": excerpt(kind.pattern, 200),
        "severity": kind.severity,
        "count": kind.count,
        "first": rfc3339(kind.first) if kind.first else "",
        "last": rfc3339(kind.last) if kind.last else "",
        "example": excerpt(_message_text(kind.example), 240),
    }
