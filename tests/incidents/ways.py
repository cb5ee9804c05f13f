"""Ways to the lab's APIs on which a proxy's pages come instead of answers, or answers late; writes are counted."""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import yaml

CONFLICT = b'{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Conflict","code":409,"message":"modified"}'
TOO_MANY = (
    b'{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"TooManyRequests","code":429,"message":"later"}'
)
THROTTLED = b'{"__type":"ThrottlingException","message":"Rate exceeded"}'
JSON = {"Content-Type": "application/json"}
PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
KEPT = ("host", "content-length", "connection", "accept-encoding")
LATE_SECONDS = 0.5


class Trouble:
    """How often what happens, by chance with a seed: a page, a late answer, the lost answer to a write, a conflict, a
    service that asks to be asked later.

    `only` restricts the pages to requests whose path or operation holds it, `most` is how many of them come. `written`
    holds the writes that reached the API, each as method and path, dry runs left out.
    """

    def __init__(self, seed: int, pages: float = 0.0, late: float = 0.0, losses: float = 0.0) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.pages, self.late, self.lost = pages, late, losses
        self.conflicts = self.throttled = 0.0
        self.only, self.most = "", sys.maxsize
        self.written: list[str] = []
        self.made = {"pages": 0, "late": 0, "lost": 0, "conflicts": 0, "throttled": 0}

    def falls(self, what: str) -> bool:
        with self._lock:
            falls = self._random.random() < getattr(self, what) and (what != "pages" or self.made[what] < self.most)
            self.made[what] += falls
            return bool(falls)


def _action(body: bytes) -> str:
    """The operation that a form asks for, as STS takes it."""
    return next(iter(parse_qs(body.decode(errors="replace")).get("Action", [])), "")


@contextmanager
def way(target: str, trouble: Trouble) -> Iterator[str]:
    """The address of a way to `target`."""
    client = httpx.Client(base_url=target, trust_env=False, timeout=60.0)

    class Way(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            return None

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            operation = self.headers.get("X-Amz-Target", "") or _action(body)
            starts = operation.endswith("StartAutomationExecution")
            writes = starts or (self.command in ("PATCH", "PUT", "DELETE") and "dryRun" not in self.path)
            if not writes and trouble.only in self.path + operation and trouble.falls("pages"):
                return self._say(502, {"Content-Type": "text/html"}, PAGE)
            if writes and not operation and trouble.falls("conflicts"):
                return self._say(409, JSON, CONFLICT)
            if "X-Amz-Target" in self.headers and trouble.falls("throttled"):
                return self._say(400, JSON, THROTTLED)
            if not operation and trouble.falls("throttled"):
                return self._say(429, JSON, TOO_MANY)
            if trouble.falls("late"):
                time.sleep(LATE_SECONDS)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in KEPT}
            answer = client.request(self.command, self.path, content=body, headers=headers)
            if writes and answer.status_code < 300:
                write = f"{self.command} {self.path.partition('?')[0]}"
                if starts:  # one token starts one execution, however often it is sent
                    write = f"start {json.loads(body)['ClientToken']}"
                if not starts or write not in trouble.written:
                    trouble.written.append(write)
            if writes and trouble.falls("lost"):
                return self._say(502, {"Content-Type": "text/html"}, PAGE)
            answer_headers = {name: answer.headers[name] for name in ("content-type", "date") if name in answer.headers}
            self._say(answer.status_code, answer_headers, answer.content)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _pass

        def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Way)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        client.close()


@contextmanager
def kubeconfig_through(kubeconfig: Path, folder: Path, trouble: Trouble) -> Iterator[Path]:
    """A kubeconfig in `folder` for the same cluster, asked over a way of this trouble."""
    config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
    cluster = config["clusters"][0]["cluster"]
    with way(cluster["server"], trouble) as cluster["server"]:
        path = folder / "kubeconfig"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        yield path
