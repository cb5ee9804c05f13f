"""The HTTP API of Prometheus: a question out, `data` and the service's clock back, errors that teach."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from mcp_servers.kit.errors import Kind, TeachingError

TIMEOUT = httpx.Timeout(10.0, connect=3.0)
CONNECTION_ATTEMPTS = 2


@dataclass(frozen=True)
class Reply:
    """`data` of a successful answer, with the warnings Prometheus gave."""

    data: dict[str, Any]
    as_of: datetime
    warnings: list[str] = field(default_factory=list)


class Prometheus:
    """Thread-safe; one pool of connections, opened by the first question."""

    def __init__(self, url: str, token: str = "") -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx.HTTPTransport(retries=CONNECTION_ATTEMPTS)
        self._http = httpx.Client(
            base_url=url.rstrip("/"), headers=headers, timeout=TIMEOUT, transport=transport, follow_redirects=False
        )
        self.host = urlsplit(url).netloc.rpartition("@")[2]

    def close(self) -> None:
        self._http.close()

    def ask(self, path: str, asked: str, **params: str) -> Reply:
        """One question below /api/v1. Raises TeachingError."""
        try:
            response = self._http.get(f"/api/v1/{path}", params={k: v for k, v in params.items() if v})
        except httpx.HTTPError as problem:
            wrong = f"Prometheus at {self.host} does not answer: {type(problem).__name__} {problem}".strip()
            raise TeachingError(
                "unavailable", asked, wrong, "Check --url and the network, then ask again."
            ) from problem
        body = _json(response)
        if response.status_code in (401, 403):
            to_do = "Give a token that may read it in PROMETHEUS_TOKEN."
            raise TeachingError("denied", asked, f"{self.host} answered {response.status_code} to GET {path}.", to_do)
        if body.get("status") != "success":
            raise _refused(response, body, asked)
        return Reply(body["data"], _date(response, asked), [*body.get("warnings", []), *body.get("infos", [])])


def _refused(response: httpx.Response, body: dict[str, Any], asked: str) -> TeachingError:
    kind, error = str(body.get("errorType", "")), str(body.get("error", ""))
    if not error:
        wrong = f"answered {response.status_code} without a Prometheus error: {response.text[:200]!r}."
        return TeachingError("unavailable", asked, wrong, "Check that --url is a Prometheus.")
    if kind in ("timeout", "canceled") or response.status_code == 503:
        return TeachingError("unavailable", asked, error, "Ask for a shorter window, a longer step or fewer series.")
    known: Kind = "bad_request" if response.status_code in (400, 422) else "failed"
    to_do = 'Mend the expression; a selector is metric{label="value"}, a rate needs a range as [5m].'
    return TeachingError(known, asked, f"({kind}) {error}", to_do if "parse error" in error else "")


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _date(response: httpx.Response, asked: str) -> datetime:
    date = response.headers.get("date", "")
    try:
        return parsedate_to_datetime(date).astimezone(UTC)
    except ValueError as problem:
        raise TeachingError("failed", asked, f"the answer carries no readable Date header ({date!r}).") from problem
