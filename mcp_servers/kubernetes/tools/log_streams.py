"""The log of a container's run from its first to its last line, line by line: what is read is never held as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from mcp_servers.contract.bounds import excerpt, within
from mcp_servers.contract.facts import Coverage
from mcp_servers.kubernetes.connection.api import Api, ApiError
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.kinds import KINDS
from mcp_servers.kubernetes.snapshot.log_runs import LogRequest
from mcp_servers.kubernetes.snapshot.reading import gap

MOST_LINES: Final = 1_000_000  # of one run
BYTES: Final = 400_000_000
LONGEST: Final = 100_000  # bytes of one line; what is longer is cut there
SECOND: Final = len("2026-01-02T03:04:05")  # of a stamp; parts of the second and the zone follow

Take = Callable[[datetime, str], None]


@dataclass(frozen=True)
class StreamedRun:
    """What was read of one run. `as_of` is None where nothing could be read."""

    request: LogRequest
    lines: int
    as_of: datetime | None
    covered: Coverage


def read_run(api: Api, namespace: str, wanted: LogRequest, take: Take, most_lines: int = MOST_LINES) -> StreamedRun:
    """Give each line with its time to `take`, the oldest first; of a longer log the newest `most_lines`."""
    looked_at = f"log of {wanted.short}"
    path = KINDS["Pod"].path(namespace, o.name(wanted.pod)) + "/log"
    most_lines = max(1, min(most_lines, MOST_LINES))
    query: dict[str, str | int] = {"container": wanted.container, "timestamps": "true"}
    query |= {"tailLines": most_lines, "limitBytes": BYTES} | ({"previous": "true"} if wanted.previous else {})
    try:
        chunks, as_of = api.chunks(path, query, asked=looked_at)
    except ApiError as problem:
        if problem.kind == "bad_request":  # the kubelet has no such run: there is nothing that was not seen
            return StreamedRun(wanted, 0, None, Coverage(looked_at=looked_at, detail=str(problem)))
        return StreamedRun(wanted, 0, None, gap(problem, looked_at))
    count, size = 0, 0
    first: datetime | None = None
    of_kubelet: list[str] = []
    stamps = _Stamps()
    for line in _lines(chunks):
        size += len(line) + 1
        stamp, _, said = line.decode(errors="replace").partition(" ")
        at = stamps.read(stamp)
        if at is None:
            if line and size < BYTES:  # without a time it is the kubelet's own, or cut by the limit
                of_kubelet.append(excerpt(line.decode(errors="replace")))
            continue
        first, count = first or at, count + 1
        take(at, within(said))
    cut = count >= most_lines or size >= BYTES
    detail = f"the kubelet says: {of_kubelet[0]}" if of_kubelet else f"the newest {count} lines" if cut else ""
    state = "partial" if count and of_kubelet else "unavailable" if of_kubelet else "truncated" if cut else "complete"
    covered = Coverage.model_validate(
        {"looked_at": looked_at, "state": state, "start": first, "end": as_of, "detail": detail}
    )
    return StreamedRun(wanted, count, as_of, covered)


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
