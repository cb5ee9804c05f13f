"""Where spans go. The code speaks OpenTelemetry; an exporter beside this file gives spans its backend's form.

One incident is one trace, over all its runs and processes: its trace id is made when it opens, and every run hangs its
spans below the same root, whose id follows from the trace id.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from mcp_servers.contract.request_spans import RequestSpan
from sre_agent.domain.incident import Incident

TRACER = trace.get_tracer("sre_agent")
SERVICE: Final = "sre-agent"
WORKFLOW: Final = "sre_workflow"  # the span of one run of the graph


class Tracing(Protocol):
    """A backend of traces."""

    @property
    def is_on(self) -> bool:
        """Whether it wants spans at all; without one that does, none are made."""

    def started(self, span: ReadableSpan) -> None:
        """A span began. Told at once, so that what a killed process had begun is not missing above what it did."""

    def ended(self, span: ReadableSpan) -> None: ...

    def incident(self, incident: Incident) -> None:
        """The root of an incident's trace, as it is now: open, or ended."""

    def close(self) -> None: ...


class _Switchboard(SpanProcessor):
    """The process has one provider for good; who listens to it changes as responders open and close."""

    def __init__(self) -> None:
        self.listeners: list[Tracing] = []

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        for listener in list(self.listeners):
            listener.started(span)

    def on_end(self, span: ReadableSpan) -> None:
        for listener in list(self.listeners):
            listener.ended(span)


_SWITCHBOARD = _Switchboard()


def listen(tracing: Tracing) -> None:
    """From here on `tracing` gets every span of this process."""
    if not tracing.is_on:
        return
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        provider = TracerProvider(resource=Resource.create({"service.name": SERVICE}))
        provider.add_span_processor(_SWITCHBOARD)
        trace.set_tracer_provider(provider)
    _SWITCHBOARD.listeners.append(tracing)


def stop(tracing: Tracing) -> None:
    if tracing in _SWITCHBOARD.listeners:
        _SWITCHBOARD.listeners.remove(tracing)
    tracing.close()


def adopt(spans: Sequence[RequestSpan]) -> None:
    """Spans of a tool server, made below one of ours: they go where ours go. Those of another trace are left out."""
    current = trace.get_current_span()
    if not current.is_recording():
        return
    ours = current.get_span_context()
    for one in spans:
        if int(one.trace, 16) != ours.trace_id:
            continue
        context, parent = (
            SpanContext(ours.trace_id, int(id_, 16), is_remote=True, trace_flags=ours.trace_flags)
            for id_ in (one.id, one.parent)
        )
        span = ReadableSpan(
            one.name,
            context=context,
            parent=parent,
            resource=getattr(current, "resource", None),
            attributes=one.attributes,
            kind=SpanKind.CLIENT,
            status=Status(StatusCode.ERROR, one.error) if one.error else Status(),
            start_time=int(one.start * 1e9),
            end_time=int((one.start + one.seconds) * 1e9),
        )
        for listener in list(_SWITCHBOARD.listeners):
            listener.ended(span)


def root_id(trace_id: str) -> str:
    """The id of the root of an incident's trace: 16 hex digits that follow from its X-Ray trace id."""
    return trace_id.replace("-", "")[-16:]


def beside_the_run() -> Context:
    """A context directly below the root: for what began before this run, as a human's answer did."""
    current = trace.get_current_span().get_span_context()
    root = SpanContext(
        trace_id=current.trace_id,
        span_id=int(f"{current.trace_id:032x}"[-16:], 16),
        is_remote=True,
        trace_flags=current.trace_flags,
    )
    return trace.set_span_in_context(NonRecordingSpan(root))


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
    with TRACER.start_as_current_span(WORKFLOW, context=context, attributes=attributes):
        yield


def root_changed(incident: Incident) -> None:
    """Tell the backends that the incident opened or ended."""
    for listener in list(_SWITCHBOARD.listeners):
        listener.incident(incident)
