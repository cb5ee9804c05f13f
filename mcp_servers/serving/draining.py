"""How a server over HTTP ends: calls under way are answered, new ones are refused, and that takes a bounded time.

Between the SIGTERM of a rolling deployment and the moment when no load balancer sends anything more, requests still
come in. A connection that is refused tells a client nothing; this tells it that the same call is answered elsewhere.
"""

from __future__ import annotations

import json
import time
from types import FrameType
from typing import Final

import uvicorn
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_servers.contract.calls import NOT_DONE

LAST_SECONDS: Final = 2  # of connections that are still open then
_BODY: Final = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": None,
        "error": {"code": -32000, "message": "This server is shutting down; nothing was done. Send the call again."},
    }
)


class Drain:
    """Counts the calls under way. After `begin` no call is let in; it `is_over` when none is left, or time is up."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._ends, self._calls = seconds, 0.0, 0

    @property
    def has_begun(self) -> bool:
        return self._ends > 0

    @property
    def is_over(self) -> bool:
        return self.has_begun and (not self._calls or time.monotonic() >= self._ends)

    def begin(self) -> None:
        if not self.has_begun:
            self._ends = time.monotonic() + self._seconds

    def around(self, app: ASGIApp) -> ASGIApp:
        """The application with its POST requests counted, and refused once the drain has begun. A stream that a client
        holds open with GET is no call, and ends with the process."""

        async def counting(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["method"] != "POST":
                await app(scope, receive, send)
                return
            if self.has_begun:
                headers = {"retry-after": "1", "connection": "close", NOT_DONE: "draining"}
                await Response(_BODY, 503, headers, "application/json")(scope, receive, send)
                return
            self._calls += 1
            try:
                await app(scope, receive, send)
            finally:
                self._calls -= 1

        return counting


class DrainingServer(uvicorn.Server):
    """Goes on to listen until the drain is over. A second signal ends it at once."""

    def __init__(self, config: uvicorn.Config, drain: Drain) -> None:
        super().__init__(config)
        self._drain = drain

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._drain.has_begun:
            self.should_exit = self.force_exit = True
        self._drain.begin()

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second."""
        self.should_exit = self.should_exit or self._drain.is_over
        return await super().on_tick(counter)
