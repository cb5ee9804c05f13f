"""What answers in place of a service: a proxy or a load balancer that sends a page of its own.

Such an answer says nothing about the service and nothing about the caller's rights; soon after it is often another one.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from mcp_servers.serving.errors import TeachingError

PASSING: Final = frozenset((500, 502, 503, 504))  # what a service in trouble, or what stands in front of it, answers
_HTML: Final = (b"<!doctype html", b"<html")
LOOKED_AT: Final = 200  # bytes of the beginning
TO_DO: Final = "Retry in a moment; if it persists, check the proxy or load balancer in front of it."


def is_page(content_type: str, body: bytes) -> bool:
    """Whether the answer is an HTML page, which no API of ours sends."""
    return "text/html" in content_type.lower() or body[:LOOKED_AT].lstrip().lower().startswith(_HTML)


def other_answer(where: str, service: str, status: int, *, html: bool) -> str:
    """The sentence for it: who answered what, and who that is likely to have been. `where` is an address."""
    kind = "an HTML page" if html else "something"
    before = f"a proxy or load balancer in front of {service}"
    return f"{where} returned {kind} instead of JSON ({status_text(status)}): {before}."


def status_text(status: int) -> str:
    """A status as people know it: `502 Bad Gateway`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def not_its_own(request: str, where: str, service: str, status: int, *, html: bool, check: str = "") -> TeachingError:
    """The error for it, after it came again and again; one that says that there is nothing there comes always.

    `check` is what else may be wrong where the service never answered.
    """
    wrong = other_answer(where, service, status, html=html)
    if is_passing(status):
        return TeachingError("unavailable", request, wrong, f"{TO_DO} {check}".strip(), code="not_json")
    return TeachingError("unavailable", request, wrong, "Check the address.", code="not_offered")


def is_passing(status: int) -> bool:
    """Whether another answer may come soon."""
    return not 400 <= status < 500 or status in (408, 429)
