"""Which requests a tool call makes, for a caller that traces it; a call that nobody traces pays nothing for this.

The caller's span is the present one: the SDK has read it from the call's `traceparent`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from opentelemetry.trace import SpanContext, get_current_span

from mcp_servers.contract import request_spans


class RequestRecording:
    """Of one call, on all of its threads."""

    def __init__(self, caller: SpanContext) -> None:
        self._trace, self._parent = f"{caller.trace_id:032x}", f"{caller.span_id:016x}"
        self.spans: list[dict[str, Any]] = []

    def add(self, name: str, start: float, attributes: Mapping[str, str | int], error: str) -> None:
        if len(self.spans) < request_spans.MOST:
            span = {"trace": self._trace, "parent": self._parent, "id": secrets.token_hex(8), "name": name[:200]}
            times = {"start": start, "seconds": max(0.0, time.time() - start)}
            self.spans.append(span | times | {"attributes": dict(attributes), "error": error})


_recording: ContextVar[RequestRecording | None] = ContextVar("request_recording", default=None)


@contextmanager
def recorded() -> Iterator[RequestRecording | None]:
    """Within, requests are recorded for the caller of this call; None for one that traces nothing."""
    caller = get_current_span().get_span_context()
    recording = RequestRecording(caller) if caller.is_valid and caller.trace_flags.sampled else None
    token = _recording.set(recording)
    try:
        yield recording
    finally:
        _recording.reset(token)


@contextmanager
def request(name: str, **attributes: str | int) -> Iterator[dict[str, str | int]]:
    """One request. What is put into the mapping that this gives, such as the answer's status, is told with it."""
    recording = _recording.get()
    if recording is None:
        yield {}
        return
    start, error = time.time(), ""
    try:
        yield attributes
    except Exception as problem:
        error = type(problem).__name__  # its words are in the answer, redacted there
        raise
    finally:
        recording.add(name, start, attributes, error)
