"""All lines of a window, up to a million: one query where it can hold them, else as many slices as they need.

A query answers at most 100,000 rows. Its first look also tells how many lines there are, so what it could not hold is
cut into slices that can. Where more lines are there than are wanted, the slices give equal shares, so that the end of
the window is known as well as its beginning.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from math import ceil
from typing import Final

from mcp_servers.cloudwatch.reads.insights import InsightsResult
from mcp_servers.cloudwatch.reads.log_groups import LogLookup, of_streams, time
from mcp_servers.contract.facts import Coverage

ROW_LIMIT: Final = 100_000  # rows of one query
AIMED_AT: Final = 80_000  # lines of a slice: lines are never spread evenly
LEAST_SLICE: Final = 2.0  # seconds
SECOND: Final = len("2026-01-02 03:04:05")  # of a time as Insights writes it; parts of the second may follow
NEVER: Final = float("-inf")
SHARES: Final = 20  # slices of a window of which not all lines are wanted

Line = tuple[float, str, str]  # seconds since 1970, stream, text
Slice = tuple[float, float]  # [start, end) in seconds since 1970


@dataclass
class LogLines:
    """`lines` in time order; `records_matched` and `scanned` are how many there were, as the service counts."""

    as_of: datetime
    start: datetime
    end: datetime
    records_matched: int
    scanned: int
    lines: list[Line] = field(default_factory=list)
    why: str = ""  # not all of them were read

    def coverage(self, looked_at: str) -> Coverage:
        detail = f"{len(self.lines)} of {self.records_matched} lines were read: {self.why}" if self.why else ""
        return Coverage(
            looked_at=looked_at[:300],
            state="truncated" if self.why else "complete",
            start=self.start,
            end=self.end,
            detail=detail,
        )


def read(look: LogLookup, start: datetime, end: datetime, most: int, stream_prefix: str = "") -> LogLines:
    """The lines of [start, end), at most about `most` of them."""
    query = "fields @timestamp, @logStream, @message" + of_streams(stream_prefix) + " | sort @timestamp asc"
    whole = (start.timestamp(), end.timestamp())
    limit = max(1, min(ROW_LIMIT, most))
    result = _ask(look, query, whole, limit)
    reading = LogLines(result.as_of, start, end, result.records_matched, result.scanned)
    rows = _within(result, whole)
    if not _overflows(result, limit):
        reading.lines = rows
        _note_stop(reading, result)
    elif result.records_matched > most:
        _shares(look, query, reading, most)
    else:
        lines, rest = _complete_lines(whole, rows)
        reading.lines = lines
        _slices(look, query, reading, _cut(rest, result.records_matched - len(lines)))
    reading.lines.sort(key=lambda line: line[0])
    return reading


def _slices(look: LogLookup, query: str, reading: LogLines, slices: list[Slice]) -> None:
    """Every line of the slices; one that holds too many is cut again."""
    waiting = deque(slices)
    while waiting and not reading.why:
        part = waiting.popleft()
        result = _ask(look, query, part, ROW_LIMIT)
        rows = _within(result, part)
        if not _overflows(result, ROW_LIMIT):
            reading.lines += rows
            _note_stop(reading, result)
            continue
        lines, rest = _complete_lines(part, rows)
        if rest[1] - rest[0] < LEAST_SLICE:
            reading.lines += rows
            reading.why = f"one second holds more than {ROW_LIMIT} lines, the most that one query returns."
            continue
        reading.lines += lines
        waiting.extendleft(reversed(_cut(rest, result.records_matched - len(lines))))


def _shares(look: LogLookup, query: str, reading: LogLines, most: int) -> None:
    """The beginning of each of equal slices."""
    edges = _edges((reading.start.timestamp(), reading.end.timestamp()), max(SHARES, ceil(most / ROW_LIMIT)))
    share = ceil(most / (len(edges) - 1))
    why = "more than were asked for; equal slices of the window gave equal shares."
    for part in pairwise(edges):
        result = _ask(look, query, part, share)
        reading.lines += _within(result, part)
        if not result.finished:
            _note_stop(reading, result)
            return
    reading.why = why


def _ask(look: LogLookup, query: str, part: Slice, limit: int) -> InsightsResult:
    return look.ask(query, limit, datetime.fromtimestamp(part[0], UTC), datetime.fromtimestamp(part[1], UTC))


def _overflows(result: InsightsResult, limit: int) -> bool:
    return result.finished and len(result.rows) >= limit and result.records_matched > len(result.rows)


def _note_stop(reading: LogLines, result: InsightsResult) -> None:
    if not result.finished:
        reading.why = f"a query was stopped, {result.why}. Use a shorter window."


def _within(result: InsightsResult, part: Slice) -> list[Line]:
    """Rows as lines; a query's window includes its end, a slice does not."""
    lines: list[Line] = []
    last, whole = "", 0.0  # many lines of one second follow one another
    for row in result.rows:
        text = row.get("@timestamp", "")
        if text[:SECOND] != last:
            at = time(text[:SECOND])
            last, whole = text[:SECOND], at.timestamp() if at is not None else NEVER
        seconds = whole + _fraction(text[SECOND:])
        if part[0] <= seconds < part[1]:
            lines.append((seconds, row.get("@logStream", ""), row.get("@message", "")))
    return lines


def _fraction(text: str) -> float:
    """`.678` of a second; what is no number belongs to no time."""
    try:
        return float(text) if text else 0.0
    except ValueError:
        return NEVER


def _complete_lines(part: Slice, rows: list[Line]) -> tuple[list[Line], Slice]:
    """The lines before the last second that was reached, which are all of their time, and the slice from there on."""
    cut = max(part[0], float(int(rows[-1][0]))) if rows else part[0]
    return [line for line in rows if line[0] < cut], (cut, part[1])


def _cut(part: Slice, lines: int) -> list[Slice]:
    return list(pairwise(_edges(part, max(2, ceil(lines / AIMED_AT)))))


def _edges(part: Slice, pieces: int) -> list[float]:
    """Whole seconds between the ends, because queries know no others."""
    inner = {float(int(part[0] + (part[1] - part[0]) * i / pieces)) for i in range(1, pieces)}
    return [part[0], *sorted(edge for edge in inner if part[0] < edge < part[1]), part[1]]
