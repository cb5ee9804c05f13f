"""What stands before every request: an id, a size, a rate, and headers; and the line about it in the access log.

Written against ASGI itself, so that streams are neither buffered nor cut.
"""

from __future__ import annotations

import random
import secrets
import time
from collections import OrderedDict
from typing import Final

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sre_agent.http import problems
from sre_agent.http.metrics import ServiceMetrics
from sre_agent.http.problems import SECURITY_HEADERS
from sre_agent.settings import ServiceSettings

LOG = structlog.get_logger("sre_agent.http")
IDS: Final = random.Random(secrets.randbits(256))  # noqa: S311 - they tell requests apart and are no secrets
CALLERS: Final = 10_000  # whose rates are known at once; the one that was silent longest is forgotten
SIGNED: Final = "/alarms/"  # whoever proves to be a source has that source's quota; others have a caller's
FREE: Final = ("/ping", "/health", "/ready")  # asked by machines that watch us, as often as they like


class RequestRate:
    """A bucket for each caller that fills at an even rate."""

    def __init__(self, per_minute: int) -> None:
        self._most, self._each = float(per_minute), per_minute / 60
        self._tokens: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str, now: float, count: int = 1) -> float:
        """0 where there is room for a request; otherwise the seconds until there is. One that counts for several goes
        through whole, and the next ones wait for it. 0 of them only asks."""
        left, last_time = self._tokens.pop(caller, (self._most, now))
        left = min(self._most, left + (now - last_time) * self._each)
        wait = 0.0 if left >= 1 else (1 - left) / self._each
        self._tokens[caller] = (left - count if not wait else left, now)
        if len(self._tokens) > CALLERS:
            self._tokens.popitem(last=False)
        return wait


class Guard:
    def __init__(self, app: ASGIApp, *, settings: ServiceSettings, metrics: ServiceMetrics) -> None:
        self._app, self._metrics = app, metrics
        self._longest = settings.body_kilobytes * 1024
        self._rate = RequestRate(settings.requests_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request, started, status = Request(scope), time.perf_counter(), 500
        request.state.request_id = f"{IDS.getrandbits(64):016x}"

        async def answering(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = (b"x-request-id", request.state.request_id.encode())
                message = {**message, "headers": [*message["headers"], *SECURITY_HEADERS, own]}
            await send(message)

        try:
            with structlog.contextvars.bound_contextvars(request_id=request.state.request_id):
                body = await self._admit(request, scope, receive, answering)
                if body is not None:
                    await self._app(scope, body, answering)
        finally:
            if status == 401 and request.url.path.startswith(SIGNED):
                self._rate.take(_peer(scope), time.monotonic())
            self._tell(request, scope, status, time.perf_counter() - started)

    async def _admit(self, request: Request, scope: Scope, receive: Receive, send: Send) -> Receive | None:
        """What the request is read from; None where it has been answered here."""
        count = 0 if request.url.path.startswith(SIGNED) else 1
        if request.url.path not in FREE and (wait := self._rate.take(_peer(scope), time.monotonic(), count)):
            detail = "Too many requests from this caller in the last minute. Slow down and retry."
            retry = {"retry-after": str(max(1, round(wait)))}
            await problems.answer(request, 429, detail, retry)(scope, receive, send)
            return None
        content = b""
        while True:
            message = await receive()
            content += message.get("body", b"")
            if len(content) > self._longest:
                detail = f"At most {self._longest // 1024} kB are accepted. Send a smaller body."
                await problems.answer(request, 413, detail)(scope, receive, send)
                return None
            if not message.get("more_body"):
                return replayed(content, receive)

    def _tell(self, request: Request, scope: Scope, status: int, seconds: float) -> None:
        """The route stands for the path: paths have ids in them, and no label may grow without end."""
        route = getattr(scope.get("route"), "path", "none")
        self._metrics.http.labels(request.method, route, str(status)).observe(seconds)
        if request.url.path in FREE:
            return
        LOG.info(
            "request",
            action=f"{request.method} {route}",
            status=str(status),
            duration_ms=round(seconds * 1000),
            request_id=request.state.request_id,
            incident_id=scope.get("path_params", {}).get("incident_id", ""),
            caller=getattr(request.state, "caller", ""),
            peer=_peer(scope),
        )


def _peer(scope: Scope) -> str:
    return str((scope.get("client") or ("",))[0])


def replayed(content: bytes, receive: Receive) -> Receive:
    """A body that is known, and then whatever comes after it: that the client went away."""
    is_read = False

    async def again() -> Message:
        nonlocal is_read
        if is_read:
            return await receive()
        is_read = True
        return {"type": "http.request", "body": content, "more_body": False}

    return again
