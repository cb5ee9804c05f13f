"""Structured log lines: one JSON object a line, with the same fields everywhere.

Every line of a run carries `incident_id`, and what belongs to a request its `request_id`; `agent_name`, `action`,
`duration_ms` and `status` where they apply. What comes from outside is redacted once more before it is written.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import structlog

from mcp_servers.contract import private_files
from mcp_servers.redaction import redacted_value

Sink = Callable[[str], None]
WAITING_LINES: Final = 10_000  # that a reader of the process's output may be behind
FLUSH_SECONDS: Final = 2.0
AUDITED: Final = frozenset({"caller"})  # who called, by a verified token: an audit needs the name, an address included


NOWHERE: Final[dict[str, Any]] = {"logger_factory": structlog.ReturnLoggerFactory()}  # settings that write nothing

_open: Final[list[dict[str, Any]]] = []  # how each that is open now writes, the newest last


@contextmanager
def write_to(path: Path, also: Sink | None = None) -> Iterator[None]:
    """Within, log lines of this process are appended to `path`, and each is given to `also`."""
    with private_files.appended(path) as stream:
        settings: dict[str, Any] = {
            "processors": [
                structlog.contextvars.merge_contextvars,
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
                _without_secrets,
                structlog.processors.JSONRenderer(),
            ],
            "logger_factory": structlog.WriteLoggerFactory(stream if also is None else _Both(stream, also)),  # type: ignore[arg-type]
            "cache_logger_on_first_use": False,
        }
        structlog.configure(**settings)
        _open.append(settings)
        try:
            yield
        finally:
            _open.remove(settings)
            # A responder that was opened before goes on with its own file; the last one leaves no closed file behind.
            structlog.configure(**(_open[-1] if _open else settings | NOWHERE))


class LinesToOutput:
    """Lines for a container's log collector, written by a thread of their own: a collector that does not read holds up
    no incident. What it is too far behind for is left out, and counted in the next line that it gets."""

    def __init__(self, descriptor: int = 1) -> None:
        self._descriptor = descriptor
        self._lines: deque[str] = deque()
        self._left_out = 0
        self._there = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._write, name="log lines", daemon=True)
        self._thread.start()

    def __call__(self, line: str) -> None:
        with self._there:
            if self._ended:
                return
            if len(self._lines) >= WAITING_LINES:
                self._left_out += 1
                return
            if self._left_out:
                self._lines.append(f'{{"event": "log", "level": "warning", "lines_left_out": {self._left_out}}}\n')
                self._left_out = 0
            self._lines.append(line)
            self._there.notify()

    @property
    def waiting(self) -> int:
        """Lines that were not handed to the output yet."""
        return len(self._lines)

    def close(self) -> None:
        """What waits is written, if somebody reads it soon."""
        with self._there:
            self._ended = True
            self._there.notify()
        self._thread.join(FLUSH_SECONDS)

    def _write(self) -> None:
        while True:
            with self._there:
                self._there.wait_for(lambda: self._lines or self._ended)
                if not self._lines:
                    return
                text = "".join(self._lines).encode()
                self._lines.clear()
            try:
                while text:
                    text = text[os.write(self._descriptor, text) :]
            except OSError:  # nobody reads any more
                self._ended = True
                return


class _Both:
    """What a logger writes to: a file, and whoever else wants its lines."""

    def __init__(self, stream: Any, also: Sink) -> None:
        self._stream, self._also = stream, also

    def write(self, text: str) -> None:
        self._stream.write(text)
        self._also(text)

    def flush(self) -> None:
        self._stream.flush()


def _without_secrets(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value if key in AUDITED else redacted_value(value) for key, value in line.items()}
