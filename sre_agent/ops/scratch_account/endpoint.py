"""The scratch account behind HTTP on loopback, as the SDK asks AWS: one address for all of its services."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

from sre_agent.aws_services.definitions import Table
from sre_agent.ops.scratch_account.records import ScratchMemory, ScratchObjects, ScratchSecrets
from sre_agent.ops.scratch_account.tables import ScratchTables, UnknownRequestError

JSON: Final = "application/x-amz-json-1.0"
NO_OBJECT: Final = b"<Error><Code>NoSuchKey</Code><Message>There is no such object.</Message></Error>"
NO_SECRET: Final = {"__type": "ResourceNotFoundException", "message": "There is no such secret."}


@contextmanager
def scratch_account(folder: Path, tables: Mapping[str, Table]) -> Iterator[str]:
    """Its address, for as long as this is entered. What is put there stands in the folder, which is empty."""
    account = _Account(folder, tables)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"account": account}))
    server.daemon_threads = True
    Thread(target=server.serve_forever, name="scratch account", daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        account.tables.close()


class _Account:
    def __init__(self, folder: Path, tables: Mapping[str, Table]) -> None:
        self.tables = ScratchTables(folder / "tables.sqlite", tables)
        self.objects = ScratchObjects(folder / "objects")
        self.memory, self.secrets = ScratchMemory(), ScratchSecrets()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    account: _Account

    def do_POST(self) -> None:
        """Operations that are named in a header; those of a memory in the path."""
        try:
            params = json.loads(self._body() or b"{}")
            service, _, operation = self.headers.get("X-Amz-Target", "").partition(".")
            if service.startswith("DynamoDB"):
                self._tell(200, self.account.tables.answer(operation, params))
            elif service == "secretsmanager":
                value = self.account.secrets.answer(operation, params)
                self._tell(200 if value is not None else 400, NO_SECRET if value is None else value)
            else:
                operation = self.path.partition("/memories/")[2].partition("/")[2].rstrip("/")
                self._tell(200, self.account.memory.answer(operation, params))
        except (UnknownRequestError, KeyError, ValueError, sqlite3.Error) as problem:  # closed, where it took too long
            self._tell(400, {"__type": "ValidationException", "message": str(problem)})

    def do_PUT(self) -> None:
        self.account.objects.put(self.path, self._body())
        self._send(200, b"", "application/xml")

    def do_GET(self) -> None:
        body = self.account.objects.get(self.path)
        self._send(404 if body is None else 200, NO_OBJECT if body is None else body, "application/xml")

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing of it is of use to anybody."""

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _tell(self, status: int, answer: Mapping[str, Any]) -> None:
        self._send(status, json.dumps(answer).encode(), JSON)

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
