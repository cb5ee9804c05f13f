"""Spans by OTLP over HTTP, for collectors and for CloudWatch's own endpoint: what runs without an X-Ray daemon.

Trace and span ids are those of X-Ray's form, so one trace is the same in both.
"""

from __future__ import annotations

from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanContext, TraceFlags

from sre_agent.domain.incident import Incident
from sre_agent.settings import TracingSettings
from sre_agent.trace import SERVICE, root_id

TIMEOUT_SECONDS: Final = 5.0  # for one batch; a collector that is away costs nothing but its spans
CLOSE_MILLISECONDS: Final = 5000


class OtlpTracing:
    """Spans are sent in batches by a thread of their own; sending never fails or delays the caller."""

    is_on = True

    def __init__(self, endpoint: str) -> None:
        self._batches = BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=TIMEOUT_SECONDS))
        self._resource = Resource.create({"service.name": SERVICE})

    def started(self, span: ReadableSpan) -> None:
        """A collector takes finished spans alone."""

    def ended(self, span: ReadableSpan) -> None:
        if span.parent is not None:
            self._batches.on_end(span)

    def incident(self, incident: Incident) -> None:
        """The root, once the incident has ended."""
        if incident.ended_at is None:
            return
        context = SpanContext(
            trace_id=int(incident.trace_id.replace("-", "")[1:], 16),
            span_id=int(root_id(incident.trace_id), 16),
            is_remote=False,
            trace_flags=TraceFlags(TraceFlags.SAMPLED),
        )
        attributes = {"incident_id": incident.id, "severity": incident.severity, "status": incident.status}
        self._batches.on_end(
            ReadableSpan(
                SERVICE,
                context=context,
                resource=self._resource,
                attributes=attributes
                | {"reason": incident.reason, "final_status": f"{incident.status}/{incident.reason}"},
                start_time=int(incident.opened_at.timestamp() * 1e9),
                end_time=int(incident.ended_at.timestamp() * 1e9),
            )
        )

    def close(self) -> None:
        self._batches.force_flush(CLOSE_MILLISECONDS)
        self._batches.shutdown()  # type: ignore[no-untyped-call]


def from_settings(settings: TracingSettings) -> OtlpTracing:
    return OtlpTracing(settings.otlp_endpoint)
