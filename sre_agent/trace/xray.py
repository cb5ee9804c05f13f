"""Spans as X-Ray segments, sent to the daemon over UDP by the X-Ray SDK's own emitter.

The SDK's recorder and contexts are not used: they lose or misplace segments under asyncio. Each span is a document of
its own (a streamed subsegment), so no document grows with the run and none comes near the daemon's 64 kB.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.core.emitters.udp_emitter import UDPEmitter
from aws_xray_sdk.core.models.segment import Segment
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import StatusCode

from sre_agent.domain.incident import Incident
from sre_agent.settings import TracingSettings
from sre_agent.trace import SERVICE, root_id

NOT_IN_A_NAME = re.compile(r"[^\w\s.:/%&#=+\\\-@]")
NOT_IN_A_KEY = re.compile(r"[^A-Za-z0-9_]")
LONGEST_VALUE = 500


class XRayTracing:
    """`address` is `host:port` of the daemon. Sending never fails the caller: UDP has no answer."""

    is_on = True

    def __init__(self, address: str) -> None:
        xray_recorder.emitter._socket.close()  # opened by the SDK's import, and used by nobody
        self._emitter = UDPEmitter(address)

    def started(self, span: ReadableSpan) -> None:
        self._send(span)

    def ended(self, span: ReadableSpan) -> None:
        self._send(span)

    def incident(self, incident: Incident) -> None:
        segment = Segment(SERVICE, traceid=incident.trace_id)
        segment.id = root_id(incident.trace_id)
        segment.start_time = incident.opened_at.timestamp()
        for key in ("id", "severity", "status", "reason"):
            segment.put_annotation("incident_id" if key == "id" else key, getattr(incident, key))
        if incident.ended_at is not None:
            segment.put_metadata("final_status", f"{incident.status}/{incident.reason}")
            segment.close(incident.ended_at.timestamp())
        self._emitter.send_entity(segment)

    def _send(self, span: ReadableSpan) -> None:
        document = _subsegment(span)
        if document is not None:
            self._emitter.send_entity(document)

    def close(self) -> None:
        self._emitter._socket.close()


class _Document:
    """What the emitter sends. The SDK's own subsegment looks at every letter of a name and of each annotation's key."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def serialize(self) -> str:
        return json.dumps(self._fields)


def _subsegment(span: ReadableSpan) -> _Document | None:
    """The span as a streamed subsegment, in progress while it has no end; the later document of an id counts. None for
    one without a parent, which belongs to no incident."""
    if span.parent is None or span.context is None or span.start_time is None:
        return None
    trace_id = f"{span.context.trace_id:032x}"
    document: dict[str, Any] = {
        "type": "subsegment",
        "id": f"{span.context.span_id:016x}",
        "name": NOT_IN_A_NAME.sub("_", span.name)[:200],
        "trace_id": f"1-{trace_id[:8]}-{trace_id[8:]}",
        "parent_id": f"{span.parent.span_id:016x}",
        "namespace": "local",
        "start_time": span.start_time / 1e9,
    }
    document |= {"in_progress": True} if span.end_time is None else {"end_time": span.end_time / 1e9}
    annotations = {_key(key): _plain(value) for key, value in (span.attributes or {}).items()}
    if span.status.status_code is StatusCode.ERROR:
        document["fault"] = True
        annotations["error"] = (span.status.description or "")[:LONGEST_VALUE]
    return _Document(document | ({"annotations": annotations} if annotations else {}))


@lru_cache(1024)
def _key(name: str) -> str:
    return NOT_IN_A_KEY.sub("_", name)


def _plain(value: object) -> str | int | float | bool:
    if isinstance(value, int | float | bool):
        return value
    return str(value)[:LONGEST_VALUE]


def from_settings(settings: TracingSettings) -> XRayTracing:
    return XRayTracing(settings.xray_address)
