"""What a kubelet or a load balancer asks: /healthz, whether the process works, and /readyz, whether it takes calls.

Both need no token and tell nothing of what is read. A server becomes ready when what it reads has answered once, so
that a rollout with a wrong address or role stops at its first copy. After that, trouble there is told in the body only:
with every copy taken out of service a caller would get no answer instead of the refusal that says what is wrong.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import anyio
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_servers.serving.draining import Drain
from mcp_servers.serving.errors import TeachingError

KEPT_SECONDS: Final = 10.0  # for which one look counts, however often it is asked
Probe = Callable[[], object]  # one small request to what the server reads; raises TeachingError


class HealthPaths:
    """`probe` is asked at most once in KEPT_SECONDS; without one the server is ready as soon as it listens."""

    def __init__(self, app: ASGIApp, drain: Drain, probe: Probe | None = None) -> None:
        self._app, self._drain, self._probe = app, drain, probe
        self._answered_once = probe is None
        self._source, self._looked_at = "not asked", 0.0
        self._looking = anyio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path") if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") else None
        if path == "/healthz":
            await JSONResponse({"status": "ok"})(scope, receive, send)
        elif path == "/readyz":
            await (await self._ready())(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _ready(self) -> JSONResponse:
        if self._drain.has_begun:
            return JSONResponse({"status": "draining"}, 503)
        await self._look()
        status = "ready" if self._answered_once else "waiting"
        return JSONResponse({"status": status, "source": self._source}, 200 if self._answered_once else 503)

    async def _look(self) -> None:
        """Whether what the server reads answers: `ok`, else the code of the refusal, or its kind."""
        async with self._looking:
            if self._probe is None or (self._looked_at and time.monotonic() - self._looked_at < KEPT_SECONDS):
                return
            try:
                await anyio.to_thread.run_sync(self._probe)
            except TeachingError as problem:
                self._source = problem.refusal.code or problem.refusal.kind
            else:
                self._source, self._answered_once = "ok", True
            self._looked_at = time.monotonic()
