"""A request to any address of ours that came in by `/invocations`, the one address that AgentCore Runtime leads to.

Its answer is wrapped: the runtime tells its callers no other status than its own. A stream goes through as it is.
"""

from __future__ import annotations

import json
from typing import Any, Final, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, Field
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sre_agent.http.callers import THROUGH_RUNTIME
from sre_agent.http.guarding import replayed
from sre_agent.http.tokens import Caller

STREAM: Final = b"text/event-stream"
HEADERS: Final = ("accept", "idempotency-key", "last-event-id")  # that a wrapped request may have


class WrappedRequest(BaseModel):
    """`path` as in the description, `query` its parameters, `body` JSON."""

    method: Literal["GET", "POST", "DELETE"]
    path: str = Field(pattern=r"^/[A-Za-z0-9_.~%-]+(/[A-Za-z0-9_.~%-]+)*$", max_length=500)
    query: dict[str, str | list[str]] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict, description=f"of these: {', '.join(HEADERS)}")
    body: Any = None


class WrappedAnswer(BaseModel):
    """`body` is JSON where `content_type` says so, otherwise text."""

    status: int
    content_type: str
    body: Any


class TunnelResponse(Response):
    """Answers with what the app answers the wrapped request with, as this caller."""

    def __init__(self, app: ASGIApp, request: WrappedRequest, caller: Caller) -> None:
        super().__init__()
        self._app, self._wrapped, self._caller = app, request, caller

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start: Message = {}
        body, streaming = bytearray(), False

        async def wrapping(message: Message) -> None:
            nonlocal start, streaming
            if message["type"] == "http.response.start":
                start = message
                streaming = dict(message["headers"]).get(b"content-type", b"").startswith(STREAM)
            if streaming:
                await send(message)
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))

        await self._app(self._scope(scope), replayed(self._body, receive), wrapping)
        if not streaming:
            await _answer(start, bytes(body))(scope, receive, send)

    @property
    def _body(self) -> bytes:
        return b"" if self._wrapped.body is None else json.dumps(self._wrapped.body).encode()

    def _scope(self, outer: Scope) -> Scope:
        wrapped_headers = {name.lower(): value for name, value in self._wrapped.headers.items()}
        headers: list[tuple[str, str]] = [(name, wrapped_headers[name]) for name in HEADERS if name in wrapped_headers]
        headers += [("content-type", "application/json"), ("content-length", str(len(self._body)))]
        keys = ("type", "asgi", "http_version", "scheme", "server", "client", "root_path", "extensions")
        return {name: outer[name] for name in keys if name in outer} | {
            "method": self._wrapped.method,
            "path": self._wrapped.path,
            "raw_path": self._wrapped.path.encode(),
            "query_string": urlencode(self._wrapped.query, doseq=True).encode(),
            "headers": [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers],
            "state": {},
            THROUGH_RUNTIME: self._caller,
        }


def _answer(start: Message, body: bytes) -> Response:
    content_type = dict(start["headers"]).get(b"content-type", b"").decode("latin-1")
    is_json = body and content_type.partition(";")[0].endswith("json")
    answer = WrappedAnswer(
        status=start["status"],
        content_type=content_type,
        body=json.loads(body) if is_json else body.decode("utf-8", "replace"),
    )
    return Response(answer.model_dump_json(), media_type="application/json")
