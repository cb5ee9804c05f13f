"""Lines that belong together: stack traces, tracebacks, goroutines and JSON over several lines become one record.

Lines of one stream are joined only while they follow each other closely; what belongs to an earlier line is told by
how it begins, in the ways of the runtimes that write such traces, not by the program.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from mcp_servers.signals.logs.lines import LEADING_TIME, LOUD, TIME, level, unwrapped

Line = tuple[datetime | None, str]

TOGETHER: Final = 5.0  # seconds between two lines of one record
MOST_LINES: Final = 200  # of one record
MOST_DETAILS: Final = 12  # lines below a line that are read for what it leaves out

_BELONGS = re.compile(
    r"\s+\S|at \S|Caused by: |Suppressed: |\.\.\. \d+ more|During handling of|The above exception was"
    r"|goroutine \d+ \[|created by |\[signal |exit status \d+|caused by:|stack backtrace:|--- End of "
)
_STAMP = re.compile(TIME)
_FRAME = re.compile(
    r"^[^\S\n]*+(?:at \S|File \"|goroutine \d+ \[|\.\.\. \d+ more|\d+: +\S+::|from \S+:\d+:in )|\.go:\d+ ", re.M
)
ANNOUNCES = re.compile(  # what went wrong stands in the next line
    r"thread '.*' panicked at \S+:\d+:\d+:$|^bundler: failed to load command: .*\)$"
    r"|\b(?:fail|crit): [\w.]+\[\d+\]$"
)
_GOES_ON = re.compile(r"(?:error|fail|invalid|cannot|could not|panicked)\b.*:\s*$", re.I)
_TRACEBACK = re.compile(r"Traceback \(most recent call last\)")
_CHAINED = re.compile(r"During handling of|The above exception was")
_GO_CALL = re.compile(r"[\w./*-]++(?:\([\w*]++\)[\w.*-]*+){0,3}\(.*\)$")
_RAISED = re.compile(r"[A-Za-z_][\w.$]*(?::|$)")
_JAVA = re.compile(r"(?:[a-z][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error|Throwable)\b")


@dataclass(frozen=True, slots=True)
class DetailedLine:
    """`details` are the lines below it; `belongs` says that it is one of these itself."""

    at: datetime | None
    line: str
    details: str
    belongs: bool = False


@dataclass(slots=True)
class LogRecord:
    """`at` (seconds since 1970) is its first line's time; `lines` are as the program wrote them."""

    at: float
    stream: str
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def head(self) -> str:
        """The line that says what happened: of a bare traceback the last one, which names what was raised."""
        if _TRACEBACK.match(self.lines[0]):
            return next((line for line in reversed(self.lines) if line and not line[0].isspace()), self.lines[0])
        if ANNOUNCES.search(self.lines[0]) and not _BELONGS.match("".join(self.lines[1:2])):
            return " ".join(self.lines[:2])
        return " ".join(self.lines) if _begins_structure(self.lines[0]) else self.lines[0]

    @property
    def headed_text(self) -> str:
        """The text with its head first."""
        head = self.head
        if head == self.lines[0] or head not in self.lines:
            return self.text
        return "\n".join([head, *(line for line in self.lines if line is not head)])

    @property
    def traced(self) -> bool:
        """Whether it carries a stack trace."""
        return len(self.lines) > 1 and _FRAME.search(self.text) is not None


def join(lines: Iterable[tuple[float, str, str]]) -> list[LogRecord]:
    """Records out of (time, stream, text), in time order; a text may hold several lines already."""
    records: list[LogRecord] = []
    open_records: dict[str, _Open] = {}
    for at, stream, text in lines:
        first, *rest = unwrapped(text).split("\n")
        before = open_records.get(stream)
        if before is not None and at - before.last <= TOGETHER and before.takes(first):
            before.last = at
            for line in (first, *rest):
                before.add(line)
            continue
        open_record = _Open(LogRecord(at, stream, [first]), at)
        open_record.depth = 1 if _begins_structure(first) else 0
        for line in rest:
            open_record.add(line)
        records.append(open_record.record)
        open_records[stream] = open_record
    return records


def announced(lines: Iterable[Line]) -> Iterator[Line]:
    """Each line, one that only says that the next tells what went wrong together with that next one."""
    waiting: Line | None = None
    for at, line in _objects(lines):
        if waiting is not None and not line.strip():
            continue
        if waiting is not None and (_FRAME.search(line) or level(line)):
            yield waiting
            waiting = None
        elif waiting is not None:
            at, line, waiting = waiting[0], f"{waiting[1]} {line.strip()}", None
        if ANNOUNCES.search(line) or _GOES_ON.search(line):
            waiting = at, line
            continue
        yield at, line
    if waiting is not None:
        yield waiting


def detailed(lines: Iterable[Line]) -> Iterator[DetailedLine]:
    """Each line with what the indented lines after it say, and these as lines of their own behind it."""
    block: list[Line] = []
    for at, line in lines:
        if block and not (_is_indented(line) and not level(line)):
            yield from _with_details(block)
            block = []
        block.append((at, line))
        if len(block) >= MOST_LINES:
            yield from _with_details(block)
            block = []
    if block:
        yield from _with_details(block)


def _is_indented(line: str) -> bool:
    """Behind the time that a runtime puts before every line, and one space, where there is one."""
    stamp = _STAMP.match(line)
    text = line[stamp.end() :].removeprefix(" ") if stamp else line
    return text[:1].isspace() and not text.isspace()


def _with_details(block: list[Line]) -> Iterator[DetailedLine]:
    (at, head), *rest = block
    yield DetailedLine(at, head, "\n".join(line.strip() for _, line in rest[:MOST_DETAILS]))
    yield from (DetailedLine(at, line, "", belongs=True) for at, line in rest)


def _objects(lines: Iterable[Line]) -> Iterator[Line]:
    """Each line, JSON that goes over several lines as one; what does not end stays as it stands."""
    pending_lines: list[Line] = []
    depth = 0
    for at, line in lines:
        if not pending_lines and not _begins_structure(LEADING_TIME.sub("", line)):
            yield at, line
            continue
        depth += _braces(line)
        pending_lines.append((at, line))
        if depth <= 0:
            yield pending_lines[0][0], " ".join(LEADING_TIME.sub("", text).strip() for _, text in pending_lines)
            pending_lines, depth = [], 0
        elif len(pending_lines) >= MOST_LINES:
            yield from pending_lines
            pending_lines, depth = [], 0
    yield from pending_lines


@dataclass(slots=True)
class _Open:
    """The record that a stream is in."""

    record: LogRecord
    last: float
    depth: int = 0  # of braces that are still open

    def takes(self, line: str) -> bool:
        """Whether the next line belongs to this record."""
        lines = self.record.lines
        if len(lines) >= MOST_LINES:
            return False
        if self.depth > 0 or _BELONGS.match(line):
            return True
        return self._follows_head(line) if len(lines) == 1 else self._goes_on(line)

    def _follows_head(self, line: str) -> bool:
        head = self.record.lines[0]
        if not line:
            return head.startswith(("panic:", "fatal error:"))
        if ANNOUNCES.search(head):
            return True
        begins_trace = _TRACEBACK.match(line) or _JAVA.match(line)
        return begins_trace is not None and level(head) in LOUD

    def _goes_on(self, line: str) -> bool:
        lines = self.record.lines
        if not line:
            return True
        if _TRACEBACK.match(line):
            return any(_CHAINED.match(earlier) for earlier in lines[-2:])
        if any(_TRACEBACK.match(earlier) for earlier in lines[:2]):
            return lines[-1][:1].isspace() and _RAISED.match(line) is not None
        in_go = any("goroutine " in earlier for earlier in lines[1:6])
        return in_go and _GO_CALL.match(line) is not None

    def add(self, line: str) -> None:
        if len(self.record.lines) < MOST_LINES:
            self.record.lines.append(line)
        if self.depth > 0:
            self.depth += _braces(line)


def _begins_structure(line: str) -> bool:
    """Whether the line opens JSON that goes on in the next lines."""
    return line.strip() in ("{", "[")


def _braces(line: str) -> int:
    return line.count("{") + line.count("[") - line.count("}") - line.count("]")
