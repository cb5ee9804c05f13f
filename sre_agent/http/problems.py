"""Errors as RFC 9457 problems: what was asked, what went wrong, what to do. No traceback leaves the process."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse

MEDIA_TYPE: Final = "application/problem+json"
SECURITY_HEADERS: Final = (  # of every response, problem or not
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


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
STATUSES: Final = tuple(status for status in TITLES if status != 500)  # which every operation declares


def answer(request: Request, status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    name, title = TITLES.get(status, ("problem", "Request failed"))
    body = Problem(type=name, title=title, status=status, detail=detail, request_id=request_id(request))
    return JSONResponse(body.model_dump(), status, headers, MEDIA_TYPE)


def request_id(request: Request) -> str:
    return str(getattr(request.state, "request_id", ""))
