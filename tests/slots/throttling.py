"""A way to the AWS of the tests on which as many requests are throttled, or refused otherwise, as a test says."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NOT_PASSED_ON = {"host", "content-length", "connection", "transfer-encoding"}
REFUSAL = b'{"__type": "com.amazonaws.sqs#ThrottlingException", "message": "Rate exceeded"}'


@dataclass
class ThrottlingWay:
    """Each request of `throttled_numbers`, counted from 1 on, or with `throttles_all` each, is answered 400 with
    `refusal`."""

    url: str = ""
    throttled_numbers: frozenset[int] = frozenset()
    throttles_all: bool = False
    refusal: bytes = REFUSAL
    refusals: int = 0
    requests: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def refuses(self) -> bool:
        with self._lock:
            self.requests += 1
            is_refused = self.throttles_all or self.requests in self.throttled_numbers
            self.refusals += is_refused
            return is_refused


@contextmanager
def throttling(target: str, *numbers: int) -> Iterator[ThrottlingWay]:
    way = ThrottlingWay(throttled_numbers=frozenset(numbers))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if way.refuses():
                self._answer(400, "application/x-amz-json-1.0", way.refusal)
                return
            headers = {name: value for name, value in self.headers.items() if name.lower() not in NOT_PASSED_ON}
            request = urllib.request.Request(target + self.path, body, headers, method=self.command)
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    self._answer(answer.status, answer.headers.get("content-type", ""), answer.read())
            except urllib.error.HTTPError as problem:
                self._answer(problem.code, problem.headers.get("content-type", ""), problem.read())

        do_GET = do_PUT = do_POST

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    way.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield way
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
