"""Errors as RFC 9457 problems: what was asked, what went wrong, what to do. No traceback leaves the process."""

from __future__ import annotations

from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from sre_agent.errors import AbsentError, BadInputError, NotNowError, SreAgentError, TemporaryError

LOG = structlog.get_logger("sre_agent.http")
MEDIA_TYPE: Final = "application/problem+json"
UNEXPECTED: Final = "Internal error. The service's log has the details under this request id."


class Problem(BaseModel):
    """`type` is a stable name for programs, `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str = ""


TITLES: Final = {
    400: ("bad-request", "Bad request"),
    401: ("no-credentials", "Authentication required"),
    403: ("not-allowed", "Not permitted"),
    404: ("not-found", "Not found"),
    405: ("wrong-method", "Method not allowed"),
    409: ("not-now", "Conflict with the current state"),
    413: ("too-large", "Request body too large"),
    415: ("wrong-media-type", "Unsupported media type"),
    422: ("wrong-values", "Invalid request values"),
    429: ("too-many-requests", "Too many requests"),
    500: ("unexpected", "Internal error"),
    503: ("unavailable", "Temporarily unavailable"),
}
RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Problem, "description": TITLES[status][1], "content": {MEDIA_TYPE: {}}}
    for status in (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503)
}


def answer(request: Request, status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    name, title = TITLES.get(status, ("problem", "Request failed"))
    body = Problem(type=name, title=title, status=status, detail=detail, request_id=request_id(request))
    return JSONResponse(body.model_dump(), status, headers, MEDIA_TYPE)


def request_id(request: Request) -> str:
    return str(getattr(request.state, "request_id", ""))


def install(app: FastAPI) -> None:
    """Every error that a handler raises is answered as a problem."""

    async def ours(request: Request, problem: Exception) -> JSONResponse:
        retry = {"retry-after": str(round(problem.retry_after))} if isinstance(problem, TemporaryError) else None
        return answer(request, _status(problem), str(problem), retry)

    async def theirs(request: Request, problem: Exception) -> JSONResponse:
        assert isinstance(problem, HTTPException)
        return answer(request, problem.status_code, str(problem.detail), dict(problem.headers or {}))

    async def values(request: Request, problem: Exception) -> JSONResponse:
        assert isinstance(problem, RequestValidationError)
        wrong = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in problem.errors()[:5]]
        return answer(request, 422, "; ".join(wrong))

    async def unexpected(request: Request, problem: Exception) -> JSONResponse:
        LOG.error("request", action=request.url.path, status="failed", exc_info=problem, request_id=request_id(request))
        return answer(request, 500, UNEXPECTED)

    app.add_exception_handler(SreAgentError, ours)
    app.add_exception_handler(HTTPException, theirs)
    app.add_exception_handler(RequestValidationError, values)
    app.add_exception_handler(Exception, unexpected)


def _status(problem: Exception) -> int:
    match problem:
        case AbsentError():
            return 404
        case NotNowError():
            return 409
        case BadInputError():
            return 400
        case TemporaryError():
            return 503
    return 500
