"""Idempotency keys: a POST that is sent again with its key is answered as it was the first time, and done once.

A key belongs to its caller and its address. With another body it is refused: two requests were meant to be one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final

from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from sre_agent.http.callers import caller_of
from sre_agent.http.service import Service

HEADER: Final = "idempotency-key"
LONGEST: Final = 200  # characters
IN_WORK: Final[set[str]] = set()  # keys whose first request has no answer yet


class FirstAnswer(BaseModel):
    """What is kept of the answer to a request, and the digest of its body."""

    digest: str
    status: int
    headers: dict[str, str]
    body: str


def _declare_header(
    idempotency_key: Annotated[
        str,
        Header(max_length=LONGEST, description="a request that is sent again with the same key is carried out once"),
    ] = "",
) -> None:
    """So that the description names the header."""


class KeyedRoute(APIRoute):
    """What every router with a POST has as its `route_class`."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        dependencies = list(options.pop("dependencies", None) or ())
        if "POST" in (options.get("methods") or ()) and all(
            one.dependency is not _declare_header for one in dependencies
        ):
            dependencies.append(Depends(_declare_header))
        super().__init__(path, endpoint, dependencies=dependencies, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def once(request: Request) -> Response:
            key = await _key(request)
            if not key:
                return await handle(request)
            service: Service = request.app.state.service
            digest = hashlib.sha256(await request.body()).hexdigest()
            if (first_answer := _first(await service.store.reply(key))) is not None:
                return _again(first_answer, digest)
            if key in IN_WORK:
                raise HTTPException(409, "A request with this Idempotency-Key is still in progress. Retry later.")
            IN_WORK.add(key)
            try:
                response = await handle(request)
                if response.status_code < 300 and (first := _storable(response, digest)) is not None:
                    await service.store.keep_reply(key, first.model_dump_json(), service.clock.now())
            finally:
                IN_WORK.discard(key)
            return response

        return once


async def _key(request: Request) -> str:
    """Empty where there is none, or where nobody knows the caller: the handler then says so."""
    key = request.headers.get(HEADER, "")
    if request.method != "POST" or not key or len(key) > LONGEST:
        return ""
    caller = await caller_of(request)
    if caller is None:
        return ""
    return hashlib.sha256(f"{caller.name}\n{request.url.path}\n{request.url.query}\n{key}".encode()).hexdigest()


def _first(body: str | None) -> FirstAnswer | None:
    try:
        return None if body is None else FirstAnswer.model_validate_json(body)
    except ValidationError:
        return None


def _again(first_answer: FirstAnswer, digest: str) -> Response:
    if first_answer.digest != digest:
        raise HTTPException(
            422, "This Idempotency-Key was used with a different body. Use a new key for a new request."
        )
    return Response(first_answer.body.encode(), first_answer.status, first_answer.headers)


def _storable(response: Response, digest: str) -> FirstAnswer | None:
    """None for what is written as it is sent: a stream, or the answer to a wrapped request, which has its own key."""
    if type(response) not in (Response, JSONResponse):
        return None
    body = bytes(response.body)
    headers = {name: value for name, value in response.headers.items() if name in ("location", "content-type")}
    return FirstAnswer(digest=digest, status=response.status_code, headers=headers, body=body.decode())
