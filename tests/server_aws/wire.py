"""AWS's awsJson protocol on loopback, for tests: CloudWatch, Logs and Systems Manager speak it.

An operation is a function from parameters to the answer; raising AwsError answers with that error.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Literal

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sre_lab.aws.errors import AwsError

Operation = Callable[[dict[str, Any]], dict[str, Any]]
IDENTITY = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"""
DENIED = """<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"""


class Wire:
    """`operations` by name; `now` is the clock that the Date header tells; `asked` holds (operation, parameters)."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.operations: dict[str, Operation] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.identity_denied = False
        self.denied_paths: set[str] = set()
        self.url = ""

    def deny(self, operation: str) -> None:
        self.operations[operation] = _deny

    def names(self) -> list[str]:
        return [name for name, _ in self.asked]

    async def __call__(self, request: Request) -> Response:
        body = await request.body()
        headers = {"date": format_datetime(self.now.astimezone(UTC), usegmt=True)}
        if request.url.path != "/":
            return self._rest(request.url.path, headers)
        target = request.headers.get("x-amz-target", "")
        if not target:
            sts = DENIED if self.identity_denied else IDENTITY
            return Response(sts, 403 if self.identity_denied else 200, headers, "text/xml")
        try:
            answer = self._answer(target.rpartition(".")[2], json.loads(body))
            return Response(json.dumps(answer, default=_epoch), 200, headers, "application/x-amz-json-1.1")
        except AwsError as problem:
            error = {"__type": problem.code, "message": problem.message}
            return Response(json.dumps(error), problem.status, headers, "application/x-amz-json-1.1")

    def _rest(self, path: str, headers: dict[str, str]) -> Response:
        """X-Ray speaks REST: nothing is known, or it may not be told."""
        if path in self.denied_paths:
            denied = {**headers, "x-amzn-errortype": "AccessDeniedException"}
            return Response('{"message": "not authorized"}', 403, denied, "application/json")
        return Response("{}", 200, headers, "application/json")

    def _answer(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((operation, params))
        if operation not in self.operations:
            raise AwsError("UnknownOperationException", f"{operation} is not served by this test")
        return self.operations[operation](params)


@contextmanager
def serving_app(app: Any, *, lifespan: Literal["on", "off"] = "off") -> Iterator[str]:
    """The base URL of an ASGI app, listening on loopback until the end of the block."""
    config = uvicorn.Config(app, port=0, log_level="error", lifespan=lifespan, date_header=False, timeout_keep_alive=75)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


class Socket:
    """One listening socket for many tests; each test puts its own wire behind it."""

    def __init__(self) -> None:
        self.wire: Wire | None = None
        self.app = Starlette(routes=[Route("/{path:path}", self._endpoint, methods=["POST"])])

    async def _endpoint(self, request: Request) -> Response:
        assert self.wire is not None
        return await self.wire(request)


def _epoch(moment: Any) -> float:
    assert isinstance(moment, datetime)
    return moment.timestamp()


def _deny(params: dict[str, Any]) -> dict[str, Any]:
    raise AwsError("AccessDeniedException", "User is not authorized to perform this operation", status=403)
