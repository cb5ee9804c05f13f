"""One incident's trace by X-Ray and by OTLP: the same ids, the same parents, the same end."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from sre_agent import trace
from sre_agent.domain.base import IncidentId
from sre_agent.domain.incident import Incident
from sre_agent.settings import TracingSettings
from sre_agent.trace import otlp, xray
from tests.slots.test_store import signal

OPENED = datetime(2026, 11, 21, 12, tzinfo=UTC)
TRACE = f"1-{int(OPENED.timestamp()):08x}-" + "ab" * 12


@pytest.fixture
def collector() -> Iterator[tuple[str, list[Any]]]:
    """An OTLP collector on loopback, and the spans that it was sent."""
    spans: list[Any] = []

    class Collecting(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = ExportTraceServiceRequest()
            sent.ParseFromString(self.rfile.read(int(self.headers["content-length"])))
            spans.extend(s for r in sent.resource_spans for scope in r.scope_spans for s in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *values: Any) -> None:
            """Tests print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collecting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/traces", spans
    server.shutdown()
    server.server_close()


def an_incident(ended: bool) -> Incident:
    known = Incident(
        id=IncidentId("inc-1"),
        fingerprint="f",
        title="it is slow",
        severity="SEV2",
        opened_at=OPENED,
        signals=[signal()],
        trace_id=TRACE,
    )
    end = {"status": "remediated", "reason": "fixed", "ended_at": OPENED + timedelta(seconds=40)}
    return known.model_copy(update=end) if ended else known


def test_a_trace_is_the_same_tree_by_x_ray_and_by_otlp(collector: tuple[str, list[Any]]) -> None:
    endpoint, spans = collector
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(5)
        address = f"127.0.0.1:{daemon.getsockname()[1]}"
        backends: list[trace.Tracing] = [
            xray.from_settings(TracingSettings(xray_address=address)),
            otlp.from_settings(TracingSettings(otlp_endpoint=endpoint)),
        ]
        for backend in backends:
            trace.listen(backend)
        trace.root_changed(an_incident(ended=False))
        with trace.incident_span(an_incident(ended=False)), trace.TRACER.start_as_current_span("kubernetes"):
            pass
        trace.root_changed(an_incident(ended=True))
        for backend in backends:
            trace.stop(backend)
        segments: dict[str, dict[str, Any]] = {}
        while len(segments) < 3 or any(one.get("in_progress") for one in segments.values()):
            document = json.loads(daemon.recv(65536).split(b"\n", 1)[1])
            segments[document["id"]] = document
    by_xray = {one["id"]: (one["name"], one.get("parent_id", "")) for one in segments.values()}
    by_otlp = {one.span_id.hex(): (one.name, one.parent_span_id.hex()) for one in spans}
    assert by_xray == by_otlp
    assert sorted(name for name, _ in by_otlp.values()) == ["kubernetes", "sre-agent", "sre_workflow"]
    assert {one.trace_id.hex() for one in spans} == {TRACE.replace("-", "")[1:]}
    (root,) = [one for one in spans if not one.parent_span_id]
    told = {one.key: one.value.string_value for one in root.attributes}
    assert told["final_status"] == "remediated/fixed"
    assert segments[root.span_id.hex()]["metadata"]["default"]["final_status"] == "remediated/fixed"


def test_a_collector_that_is_away_delays_nobody() -> None:
    with closing(socket.socket()) as nobody:
        nobody.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{nobody.getsockname()[1]}/v1/traces"
    backend = otlp.from_settings(TracingSettings(otlp_endpoint=endpoint))
    trace.listen(backend)
    with trace.incident_span(an_incident(ended=False)):
        pass
    trace.stop(backend)
