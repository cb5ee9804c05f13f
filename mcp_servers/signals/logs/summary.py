"""What a log said over a window: kinds of records with their counts, what is new against a baseline, what came first.

Both windows are mined together, so that a kind has one name in both. A kind counts as new or changed only where chance
does not explain the difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Final, Literal

from mcp_servers.signals.logs.lines import ERROR, WARNING, read_line, severity
from mcp_servers.signals.logs.patterns import group
from mcp_servers.signals.logs.records import LogRecord

News = Literal["", "new", "more", "fewer", "gone"]

FACTOR: Final = 2.0  # that a rate has to differ by
DEVIATIONS: Final = 4.0  # of a random count, that it has to differ by as well
STREAMS: Final = 5  # named of a kind


@dataclass
class RecordKind:
    """Records that say the same. `before` is the baseline's count; `example` is the first record in full."""

    pattern: str
    severity: str
    count: int = 0
    before: int = 0
    first: float = 0.0
    last: float = 0.0
    example: str = ""
    news: News = ""
    streams: dict[str, int] = field(default_factory=dict)

    @property
    def weight(self) -> tuple[bool, bool, int]:
        """What is new and wrong leads, then what is wrong, then what is new, then what is frequent."""
        is_news = self.news in ("new", "more")
        return (self.severity == ERROR and is_news, self.severity == ERROR or is_news, self.count + self.before)


@dataclass(frozen=True)
class LogSummary:
    """`kinds` in the order of weight; `errors` are the window's records that tell of an error, in time order."""

    kinds: list[RecordKind]
    errors: list[LogRecord]
    records: int

    @property
    def first_error(self) -> LogRecord | None:
        return self.errors[0] if self.errors else None


def summarized(records: Sequence[LogRecord], baseline: Sequence[LogRecord] | None, scale: float = 1.0) -> LogSummary:
    """Kinds of the records, compared with the baseline's when there is one.

    `scale` is how many times longer the window is than the baseline's.
    """
    earlier = list(baseline or ())
    everything = [*records, *earlier]
    by_pattern: dict[str, RecordKind] = {}
    errors: list[LogRecord] = []
    for number, (record, pattern) in enumerate(zip(everything, _patterns(everything), strict=True)):
        kind = by_pattern.get(pattern)
        if kind is None:
            kind = by_pattern[pattern] = RecordKind(pattern, _severity(record), example=record.text)
        if number < len(records):
            _count(kind, record)
            errors += [record] if kind.severity == ERROR else []
        else:
            kind.before += 1
    kinds = list(by_pattern.values())
    if baseline is not None:
        for kind in kinds:
            kind.news = _news(kind, scale)
    kinds.sort(key=lambda kind: kind.weight, reverse=True)
    return LogSummary(kinds, errors, len(records))


def _count(kind: RecordKind, record: LogRecord) -> None:
    if not kind.count:
        kind.first, kind.example = record.at, record.text
    kind.count += 1
    kind.last = record.at
    if record.stream in kind.streams or len(kind.streams) < STREAMS:
        kind.streams[record.stream] = kind.streams.get(record.stream, 0) + 1


def _patterns(records: Sequence[LogRecord]) -> list[str]:
    return group([read_line(record.head).message for record in records])


def _severity(record: LogRecord) -> str:
    level = severity(record.head)
    return ERROR if record.traced and level != WARNING else level


def _news(kind: RecordKind, scale: float) -> News:
    expected = kind.before * scale
    apart = abs(kind.count - expected) > DEVIATIONS * sqrt(max(kind.count, expected))
    if not kind.before:
        return "new"
    if not kind.count:
        return "gone" if apart else ""
    if apart and kind.count > FACTOR * expected:
        return "more"
    return "fewer" if apart and kind.count * FACTOR < expected else ""
