"""One incident's trace by X-Ray and by OTLP: the same ids, the same parents, the same end."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from mcp_servers.contract import request_spans
from sre_agent import trace
from sre_agent.domain.base import IncidentId
from sre_agent.domain.incident import Incident
from sre_agent.settings import TracingSettings
from sre_agent.trace import otlp, xray
from tests.collectors import otlp_collector
from tests.slots.test_store import signal

OPENED = datetime(2026, 11, 21, 12, tzinfo=UTC)
TRACE = f"1-{int(OPENED.timestamp()):08x}-" + "ab" * 12


def an_incident(is_over: bool) -> Incident:
    open_incident = Incident(
        id=IncidentId("inc-1"),
        fingerprint="f",
        title="it is slow",
        severity="SEV2",
        opened_at=OPENED,
        signals=[signal()],
        trace_id=TRACE,
    )
    end = {"status": "remediated", "reason": "fixed", "ended_at": OPENED + timedelta(seconds=40)}
    return open_incident.model_copy(update=end) if is_over else open_incident


def test_a_trace_is_the_same_tree_by_x_ray_and_by_otlp() -> None:
    with otlp_collector() as (endpoint, spans), closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(5)
        address = f"127.0.0.1:{daemon.getsockname()[1]}"
        backends: list[trace.Tracing] = [
            xray.from_settings(TracingSettings(xray_address=address)),
            otlp.from_settings(TracingSettings(otlp_endpoint=endpoint)),
        ]
        for backend in backends:
            trace.listen(backend)
        trace.root_changed(an_incident(is_over=False))
        with trace.incident_span(an_incident(is_over=False)), trace.TRACER.start_as_current_span("kubernetes"):
            pass
        trace.root_changed(an_incident(is_over=True))
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
    attributes = {one.key: one.value.string_value for one in root.attributes}
    assert attributes["final_status"] == "remediated/fixed"
    assert segments[root.span_id.hex()]["metadata"]["default"]["final_status"] == "remediated/fixed"


def test_a_collector_that_is_away_delays_nobody() -> None:
    with closing(socket.socket()) as nobody:
        nobody.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{nobody.getsockname()[1]}/v1/traces"
    backend = otlp.from_settings(TracingSettings(otlp_endpoint=endpoint))
    trace.listen(backend)
    with trace.incident_span(an_incident(is_over=False)):
        pass
    trace.stop(backend)


def test_a_server_can_add_to_the_trace_that_asked_it_and_to_no_other() -> None:
    with otlp_collector() as (endpoint, spans):
        backend = otlp.from_settings(TracingSettings(otlp_endpoint=endpoint))
        trace.listen(backend)
        with trace.incident_span(an_incident(is_over=False)):
            one = {"id": "a" * 16, "parent": "b" * 16, "name": "Kubernetes GET", "start": 1.0, "seconds": 0.5}
            sent = [one | {"trace": trace_id} for trace_id in (TRACE.replace("-", "")[1:], "c" * 32)]
            trace.adopt(request_spans.of_result({request_spans.KEY: sent}))
            trace.adopt(request_spans.of_result({request_spans.KEY: [one | {"id": "no id"}]}))
        trace.stop(backend)
    (added,) = [span for span in spans if span.name == "Kubernetes GET"]
    assert (added.trace_id.hex(), added.parent_span_id.hex()) == (TRACE.replace("-", "")[1:], "b" * 16)
    assert added.end_time_unix_nano - added.start_time_unix_nano == 500_000_000
