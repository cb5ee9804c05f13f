"""What answers while the engine starts, which takes seconds, and a minute on a machine that has other work.

AgentCore Runtime gives a container 30 seconds until its first `/ping`, and a watchdog asks `/health` as early. So this
loads before everything else, and neither the engine nor the description of the API.
"""

from __future__ import annotations

import asyncio
from typing import Final

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sre_agent.domain.degradation import Limitation
from sre_agent.http import problems
from sre_agent.http.dependencies import DependencyView, Liveness, Ready
from sre_agent.http.ping import PingState

RETRY_SECONDS: Final = 5
STARTING: Final = "The service is starting; nothing was accepted. Retry later, GET /ready says when."
INVOCATIONS: Final = "/invocations"  # waits: the runtime hands each in once, and tells of a container that failed


class StartingApp:
    """Stands in for the app until `open` is called with it. `ping` is the state that the app goes on with."""

    def __init__(self, ping: PingState, workers: int) -> None:
        self._ping, self._workers = ping, workers
        self._app: ASGIApp | None = None
        self._decided = asyncio.Event()

    def open(self, app: ASGIApp) -> None:
        """Every request from now on is the app's, those that waited included."""
        self._app = app
        self._decided.set()

    def give_up(self) -> None:
        """There will be no app."""
        self._decided.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is None and scope["path"] == INVOCATIONS:
            await self._decided.wait()
        if self._app is not None:
            await self._app(scope, receive, send)
        else:
            await self._answer(Request(scope))(scope, receive, _guard_send(send))

    def _answer(self, request: Request) -> Response:
        match request.method, request.url.path:
            case "GET", "/ping":
                return _json(self._ping.as_is())
            case "GET", "/health":
                return _json(Liveness())
            case "GET", "/ready":
                return _json(self._ready(), 503)
        return problems.answer(request, 503, STARTING, {"retry-after": str(RETRY_SECONDS)})

    def _ready(self) -> Ready:
        """Of a process that takes nothing in yet. What it depends on is known when it is opened."""
        engine = DependencyView(kind="engine", name="engine", state="starting", why="starting")
        storage = DependencyView(kind="storage", name="store", state="starting")
        return Ready(
            ready=False,
            level="intake_only",
            limitations=[Limitation(level="intake_only", why="The service is starting; alarms are sent again.")],
            engine="starting",
            workers=self._workers,
            busy=0,
            waiting=0,
            dead_letters=0,
            dependencies=[storage, engine],
        )


def _json(body: BaseModel, status: int = 200) -> Response:
    return Response(body.model_dump_json(), status, media_type="application/json")


def _guard_send(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *problems.SECURITY_HEADERS]}
        await send(message)

    return sending
