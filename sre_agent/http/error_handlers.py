"""Every error that a handler raises is answered as a problem; what nobody expected is logged, and told as no more."""

from __future__ import annotations

from typing import Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from sre_agent.errors import (
    AbsentError,
    BadInputError,
    NotNowError,
    SettingsError,
    SreAgentError,
    TemporaryError,
)
from sre_agent.http.problems import answer, request_id

LOG = structlog.get_logger("sre_agent.http")
INTERNAL: Final = 500
UNAVAILABLE: Final = 503
MENDED_SECONDS: Final = 60.0  # after which something may have been set right
UNEXPECTED: Final = "Internal error. The service's log has the details under this request id."


def install(app: FastAPI) -> None:
    async def ours(request: Request, problem: Exception) -> JSONResponse:
        status, retry = _status(problem), None
        if status == UNAVAILABLE:
            retry = {"retry-after": str(round(getattr(problem, "retry_after", MENDED_SECONDS)))}
        if status >= INTERNAL:
            LOG.warning("request", action=request.url.path, status="unavailable", error=str(problem))
        return answer(request, status, str(problem), retry)

    async def theirs(request: Request, problem: Exception) -> JSONResponse:
        assert isinstance(problem, HTTPException)
        return answer(request, problem.status_code, str(problem.detail), dict(problem.headers or {}))

    async def values(request: Request, problem: Exception) -> JSONResponse:
        assert isinstance(problem, RequestValidationError)
        wrong = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in problem.errors()[:5]]
        return answer(request, 422, "; ".join(wrong))

    async def on_exception(request: Request, problem: Exception) -> JSONResponse:
        LOG.error("request", action=request.url.path, status="failed", exc_info=problem, request_id=request_id(request))
        return answer(request, 500, UNEXPECTED)

    app.add_exception_handler(SreAgentError, ours)
    app.add_exception_handler(HTTPException, theirs)
    app.add_exception_handler(RequestValidationError, values)
    app.add_exception_handler(Exception, on_exception)


def _status(problem: Exception) -> int:
    match problem:
        case AbsentError():
            return 404
        case NotNowError():
            return 409
        case BadInputError():
            return 400
        case TemporaryError() | SettingsError():  # of the service, which who asked cannot mend
            return UNAVAILABLE
    return INTERNAL
