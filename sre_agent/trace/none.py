"""Spans go nowhere: for whoever has no tracing backend."""

from __future__ import annotations

from opentelemetry.sdk.trace import ReadableSpan

from sre_agent.domain.incident import Incident
from sre_agent.settings import TracingSettings


class NoTracing:
    is_on = False

    def started(self, span: ReadableSpan) -> None:
        return None

    def ended(self, span: ReadableSpan) -> None:
        return None

    def incident(self, incident: Incident) -> None:
        return None

    def close(self) -> None:
        return None


def from_settings(settings: TracingSettings) -> NoTracing:
    return NoTracing()
