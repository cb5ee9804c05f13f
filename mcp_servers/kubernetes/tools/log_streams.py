"""The log of a container's run from its first to its last line, line by line: what is read is never held as a whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from mcp_servers.contract.bounds import excerpt, within
from mcp_servers.contract.facts import Coverage, CoverageState
from mcp_servers.kubernetes.connection.api import Api, ApiError
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.kinds import KINDS
from mcp_servers.kubernetes.snapshot.log_runs import LogRequest
from mcp_servers.kubernetes.snapshot.reading import gap
from mcp_servers.serving.errors import TeachingError

MOST_LINES: Final = 1_000_000  # of one run
BYTES: Final = 400_000_000
SECONDS: Final = 30.0  # that reading one run may take
CHECKED: Final = 4_096  # lines between two looks at the clock
LONGEST: Final = 100_000  # bytes of one line; what is longer is cut there
SECOND: Final = len("2026-01-02T03:04:05")  # of a stamp; parts of the second and the zone follow

Take = Callable[[datetime, str], None]


@dataclass(frozen=True)
class StreamedRun:
    """What was read of one run. `as_of` is None where nothing could be read."""

    request: LogRequest
    lines: int
    as_of: datetime | None
    coverage: Coverage


def read_run(
    api: Api, namespace: str, log_request: LogRequest, take: Take, most_lines: int = MOST_LINES
) -> StreamedRun:
    """Give each line with its time to `take`, the oldest first; of a longer log the newest `most_lines`."""
    looked_at = f"log of {log_request.short}"
    path = KINDS["Pod"].path(namespace, o.name(log_request.pod)) + "/log"
    most_lines = max(1, min(most_lines, MOST_LINES))
    query: dict[str, str | int] = {"container": log_request.container, "timestamps": "true"}
    query |= {"tailLines": most_lines, "limitBytes": BYTES} | ({"previous": "true"} if log_request.previous else {})
    try:
        chunks, as_of = api.chunks(path, query, request=looked_at)
    except ApiError as problem:
        if problem.kind == "bad_request":  # the kubelet has no such run: there is nothing that was not seen
            return StreamedRun(log_request, 0, None, Coverage(looked_at=looked_at, detail=str(problem)))
        return StreamedRun(log_request, 0, None, gap(problem, looked_at))
    reading = _Reading(take)
    try:
        reading.all_of(chunks)
    except TeachingError as problem:  # it broke off in the middle
        reading.stopped = str(problem)
    return StreamedRun(log_request, reading.count, as_of, reading.coverage(looked_at, as_of, most_lines))


class _Reading:
    """What was read of a run so far. `stopped` says why not the whole."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._stamps = _Stamps()
        self._of_kubelet = ""  # what it says itself: a line without a time
        self._first: datetime | None = None
        self._bytes = 0
        self.count = 0
        self.stopped = ""

    def all_of(self, chunks: Iterator[bytes]) -> None:
        started = time.monotonic()
        for line in _lines(chunks):
            self._line(line)
            if self.count % CHECKED == CHECKED - 1 and time.monotonic() - started > SECONDS:
                self.stopped = f"the oldest {self.count} lines, in {SECONDS:g} s; newer ones were not read"
                return

    def _line(self, line: bytes) -> None:
        self._bytes += len(line) + 1
        text = line.decode(errors="replace")
        stamp, _, message = text.partition(" ")
        at = self._stamps.read(stamp)
        if at is not None:
            self._first = self._first or at
            self.count += 1
            self._take(at, within(message))
        elif text and self._bytes < BYTES:  # else it was cut by the limit
            self._of_kubelet = self._of_kubelet or excerpt(text)

    def coverage(self, looked_at: str, until: datetime, most_lines: int) -> Coverage:
        state: CoverageState = "complete"
        detail = ""
        if self._of_kubelet:
            state, detail = "partial" if self.count else "unavailable", f"the kubelet says: {self._of_kubelet}"
        elif self.stopped:
            state, detail = "partial", self.stopped
        elif self.count >= most_lines or self._bytes >= BYTES:
            state, detail = "truncated", f"the newest {self.count} lines"
        return Coverage(looked_at=looked_at, state=state, start=self._first, end=until, detail=detail)


class _Stamps:
    """Stamps of lines that follow one another: many are of one second."""

    def __init__(self) -> None:
        self._second = ""
        self._at: datetime | None = None

    def read(self, stamp: str) -> datetime | None:
        if stamp[:SECOND] != self._second or self._at is None:
            whole = o.instant(stamp)
            self._second, self._at = stamp[:SECOND], whole.replace(microsecond=0) if whole is not None else None
        if self._at is None or stamp[-1:] != "Z":
            return o.instant(stamp)
        part = stamp[SECOND + 1 : SECOND + 7].rstrip("Z")
        return self._at + timedelta(microseconds=int(part.ljust(6, "0"))) if part.isdigit() else self._at


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Lines without their ends; of one that is longer than LONGEST the beginning."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line[:LONGEST] for line in whole)
        if len(rest) > 2 * LONGEST:
            rest = rest[:LONGEST]  # its further parts have no stamp of their own, and are not taken for lines
    if rest:
        yield rest[:LONGEST]
