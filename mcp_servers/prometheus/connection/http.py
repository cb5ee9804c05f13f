"""One HTTP service of the Prometheus family: a question out, JSON and the service's clock back, errors that teach."""

from __future__ import annotations

import random
import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from mcp_servers.contract.refusals import Code
from mcp_servers.serving import cancellation as called_off
from mcp_servers.serving import request_tracing
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.proxy_pages import PASSING, is_page, is_passing, not_its_own
from mcp_servers.serving.unreachable import in_words

READ_SECONDS: Final = 9.0
CONNECT_SECONDS: Final = 2.0
GRACE_SECONDS: Final = 1.0  # that the other requests of a call get once one stayed without an answer
CONNECTION_ATTEMPTS: Final = 2
BUSY: Final = PASSING | {429}
OWN: Final = frozenset((500, 503))  # may be the service's own answer to what was asked, as a query that took too long
ATTEMPTS: Final = 3
FIRST_PAUSE: Final = 0.2  # seconds, doubled each time, with as much again by chance
LONGEST_ADDRESS: Final = 2_000  # characters of parameters; longer ones are posted as a form

Params = Mapping[str, str | Sequence[str]]


class HttpService:
    """Thread-safe; one pool of connections, opened by the first question. `what` names it in errors."""

    def __init__(
        self, what: str, url: str, *, token: str = "", auth: httpx2.Auth | None = None, to_allow: str = ""
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx2.Client(
            base_url=url.rstrip("/"),
            headers=headers,
            auth=auth,
            timeout=httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            transport=httpx2.HTTPTransport(retries=CONNECTION_ATTEMPTS, verify=_authorities()),
            follow_redirects=False,
        )
        self._what = what
        self._to_allow = to_allow
        self.host = urlsplit(url).netloc.rpartition("@")[2]
        self.address = f"{urlsplit(url).scheme}://{self.host}"

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, request: str, params: Params, *, allow: str = "", form: bool = False) -> httpx2.Response:
        """The answer, whatever its status but 401 and 403. `allow` is the permission that it needs.

        A service that is busy, and one in whose place something else answers, is asked again a few times. With `form`
        long parameters are posted. Raises TeachingError.
        """
        query = {name: value for name, value in params.items() if value}
        long = form and sum(len(str(value)) for value in query.values()) > LONGEST_ADDRESS
        for attempt in range(ATTEMPTS):
            called_off.check()
            response = self._once(path, request, query, post=long)
            if not _may_pass(response) or attempt == ATTEMPTS - 1:
                break
            called_off.pause(FIRST_PAUSE * 2**attempt * (1 + random.random()))  # noqa: S311 - spreads, hides nothing
        if response.status_code in (401, 403):
            to_do = f"Allow {allow} in the policy of this server's role." if allow and not self._to_allow else ""
            wrong = f"{self._what} at {self.host} answered {response.status_code} to GET {path}."
            raise TeachingError("denied", request, wrong, to_do or self._to_allow)
        html = _is_page(response)
        if html or (response.status_code in PASSING | {200} and body(response) is None):
            check = f"Or check that the address points to {self._what}."
            raise not_its_own(request, self.address, self._what, response.status_code, html=html, check=check)
        return response

    def _once(self, path: str, request: str, params: Params, *, post: bool) -> httpx2.Response:
        left = called_off.patience(READ_SECONDS)
        if not left:
            wrong = f"skipped: {self._what} at {self.host} did not answer an earlier request of this call."
            raise TeachingError("unavailable", request, wrong, "Retry with this alone.", code="timeout")
        wait = httpx2.Timeout(left, connect=min(CONNECT_SECONDS, left))
        try:
            with request_tracing.request(
                f"{self._what} {'POST' if post else 'GET'}", path=path, host=self.host
            ) as fields:
                if post:
                    response = self._http.post(path, data=dict(params), timeout=wait)
                else:
                    query = {name: _several(value) for name, value in params.items()}
                    response = self._http.get(path, params=query, timeout=wait)
                fields["status"] = response.status_code
                return response
        except httpx2.HTTPError as problem:
            if isinstance(problem, httpx2.TimeoutException):
                called_off.fell_silent(GRACE_SECONDS)
            wrong = in_words(problem, f"{self._what} at {self.host}")
            to_do = "Check its URL and the network, then retry."
            code: Code = "timeout" if isinstance(problem, httpx2.ReadTimeout) else "unreachable"
            raise TeachingError("unavailable", request, wrong, to_do, code=code) from problem


def _may_pass(response: httpx2.Response) -> bool:
    """Whether the same question may be answered better in a moment."""
    if _is_page(response):
        return is_passing(response.status_code)
    if response.status_code in OWN:
        return body(response) is None
    return response.status_code in BUSY or (response.status_code == 200 and body(response) is None)


def _is_page(response: httpx2.Response) -> bool:
    return is_page(response.headers.get("content-type", ""), response.content)


@cache
def _authorities() -> ssl.SSLContext:
    """Who may vouch for a server; reading them takes a tenth of a second, so all services share one."""
    return httpx2.create_ssl_context()


def _several(value: str | Sequence[str]) -> str | list[str]:
    return value if isinstance(value, str) else list(value)


def body(response: httpx2.Response) -> Any:
    """The JSON of an answer; None where it has none."""
    try:
        return response.json()
    except ValueError:
        return None


def date(response: httpx2.Response, request: str) -> datetime:
    """The service's clock. Raises TeachingError `failed` where it does not tell."""
    date_text = response.headers.get("date", "")
    try:
        return parsedate_to_datetime(date_text).astimezone(UTC)
    except ValueError as problem:
        raise TeachingError("failed", request, f"the response has no valid Date header ({date_text!r}).") from problem
