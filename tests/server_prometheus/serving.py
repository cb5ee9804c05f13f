"""A service on loopback that answers as a test says, and the server in front of it through a real MCP client."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import httpx2
import uvicorn
from mcp import Client
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mcp_servers.prometheus.connection.alertmanager import Alertmanager
from mcp_servers.prometheus.connection.client import Prometheus
from mcp_servers.prometheus.server import build

DATE = "Sun, 01 Mar 2026 12:00:00 GMT"
START = 1772362800.0  # 2026-03-01T11:00:00Z
WINDOW: dict[str, Any] = {"start": "2026-03-01T11:00:00Z", "end": "2026-03-01T12:00:00Z", "step": "60s"}
Answering = Callable[[Request], Response]
Series = tuple[dict[str, str], list[float]]


def success(data: Any, **more: Any) -> Response:
    return JSONResponse({"status": "success", "data": data, **more}, headers={"date": DATE})


def failure(status: int, kind: str, error: str) -> Response:
    return JSONResponse({"status": "error", "errorType": kind, "error": error}, status, headers={"date": DATE})


def matrix(*series: Series, start: float = START, step: float = 60.0) -> Response:
    rows = [
        {"metric": labels, "values": [[start + step * i, str(value)] for i, value in enumerate(values)]}
        for labels, values in series
    ]
    return success({"resultType": "matrix", "result": rows})


@contextmanager
def serving(answering: Answering) -> Iterator[str]:
    async def endpoint(request: Request) -> Response:
        request.scope["form"] = await request.body()
        return answering(request)

    app = Starlette(routes=[Route("/{path:path}", endpoint, methods=["GET", "POST"])])
    config = uvicorn.Config(app, port=0, log_level="error", lifespan="off", date_header=False, timeout_keep_alive=75)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


async def ask(
    answering: Answering, tool: str, token: str = "", auth: httpx2.Auth | None = None, base: str = "", **arguments: Any
) -> Any:
    """The result of one tool; the same service answers as the Prometheus and as its Alertmanager."""
    with serving(answering) as url, ExitStack() as clients:
        prometheus = clients.enter_context(closing(Prometheus(url + base, token, auth)))
        alertmanager = clients.enter_context(closing(Alertmanager(url + base + "/alertmanager", "", auth)))
        async with Client(build(prometheus, "prod", alertmanager).mcp) as client:
            return await client.call_tool(tool, arguments)


def structure(result: Any) -> dict[str, Any]:
    assert not result.is_error, result.content
    assert len(json.dumps(result.structured_content)) < 24_000
    assert len(result.content[0].text) <= 8_000
    return dict(result.structured_content)


def refusal(result: Any) -> str:
    assert result.is_error
    return str(result.content[0].text)
