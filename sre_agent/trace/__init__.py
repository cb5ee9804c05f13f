"""Where spans go. The code speaks OpenTelemetry; an exporter beside this file gives spans its backend's form.

One incident is one trace, over all its runs and processes: its trace id is made when it opens, and every run hangs its
spans below the same root, whose id follows from the trace id.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from sre_agent.domain.incident import Incident

TRACER = trace.get_tracer("sre_agent")


class Tracing(Protocol):
    """A backend of traces."""

    def spans(self, spans: Sequence[ReadableSpan]) -> None:
        """Finished spans, children before parents."""

    def incident(self, incident: Incident) -> None:
        """The root of an incident's trace, as it is now: open, or ended."""

    def close(self) -> None: ...


class _Switchboard(SpanExporter):
    """The process has one provider for good; who listens to it changes as responders open and close."""

    def __init__(self) -> None:
        self.listeners: list[Tracing] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        for listener in list(self.listeners):
            listener.spans(spans)
        return SpanExportResult.SUCCESS


_SWITCHBOARD = _Switchboard()


def listen(tracing: Tracing) -> None:
    """From here on `tracing` gets every span of this process."""
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    if not _SWITCHBOARD.listeners:
        _attach()
    _SWITCHBOARD.listeners.append(tracing)


def stop(tracing: Tracing) -> None:
    _SWITCHBOARD.listeners.remove(tracing)
    tracing.close()


_attached = False


def _attach() -> None:
    global _attached
    provider = trace.get_tracer_provider()
    if not _attached and isinstance(provider, TracerProvider):
        provider.add_span_processor(SimpleSpanProcessor(_SWITCHBOARD))
        _attached = True


def root_id(trace_id: str) -> str:
    """The id of the root of an incident's trace: 16 hex digits that follow from its X-Ray trace id."""
    return trace_id.replace("-", "")[-16:]


@contextmanager
def incident_span(incident: Incident) -> Iterator[None]:
    """Everything inside belongs to the incident's trace, below its root."""
    parent = SpanContext(
        trace_id=int(incident.trace_id.replace("-", "")[1:], 16),
        span_id=int(root_id(incident.trace_id), 16),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )
    context = trace.set_span_in_context(NonRecordingSpan(parent))
    attributes = {"incident_id": incident.id, "severity": incident.severity}
    with TRACER.start_as_current_span("run", context=context, attributes=attributes):
        yield


def root_changed(incident: Incident) -> None:
    """Tell the backends that the incident opened or ended."""
    for listener in list(_SWITCHBOARD.listeners):
        listener.incident(incident)
