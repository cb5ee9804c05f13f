"""A collector of traces on loopback, for tests that look at what was sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@contextmanager
def otlp_collector() -> Iterator[tuple[str, list[Any]]]:
    """Its endpoint, and the spans that it was sent; each has to be one of the service `sre-agent`."""
    spans: list[Any] = []

    class Collecting(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = ExportTraceServiceRequest()
            sent.ParseFromString(self.rfile.read(int(self.headers["content-length"])))
            for part in sent.resource_spans:
                attributes = {one.key: one.value.string_value for one in part.resource.attributes}
                if attributes.get("service.name") == "sre-agent":
                    spans.extend(span for scope in part.scope_spans for span in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *values: Any) -> None:
            """Tests print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collecting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", spans
    finally:
        server.shutdown()
        server.server_close()
