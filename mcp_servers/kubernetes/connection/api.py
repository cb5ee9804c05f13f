"""Questions to the cluster whose refusals teach: what was asked, which permission is missing, what to do.

The reading tools ask through here; `client` below only knows HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.refusals import Code, Kind
from mcp_servers.kubernetes.connection.client import JSON, ClusterConnection, StatusError
from mcp_servers.serving.errors import TeachingError

Query = Mapping[str, str | int]


@dataclass(frozen=True)
class ApiAnswer:
    """`body` is parsed JSON, or text where text was asked for; `as_of` the API server's clock."""

    body: Any
    as_of: datetime


class ApiError(TeachingError):
    """The API server refused. `status` is its HTTP status; one that does not answer is a plain TeachingError."""

    def __init__(self, kind: Kind, request: str, wrong: str, to_do: str = "", *, status: int) -> None:
        code: Code = "" if kind != "unavailable" else "throttled" if status == 429 else "server_error"
        super().__init__(kind, request, wrong, to_do, code=code)
        self.status = status


class Api:
    def __init__(self, cluster: ClusterConnection) -> None:
        self._cluster = cluster

    @property
    def name(self) -> str:
        """The cluster's name: the scope of every subject."""
        return self._cluster.name

    def now(self) -> datetime:
        """The API server's clock."""
        return self.get("/version", request="the API server's clock").as_of

    def get(self, path: str, query: Query | None = None, *, request: str = "", accept: str = JSON) -> ApiAnswer:
        try:
            reply = self._cluster.get(path, accept=accept, **(query or {}))
        except StatusError as problem:
            raise refusal_of(problem, request or path) from problem
        return ApiAnswer(reply.body, reply.at)

    def review(self, path: str, body: dict[str, Any], *, request: str) -> ApiAnswer:
        """A question that is posted, such as an access review."""
        try:
            reply = self._cluster.review(path, body)
        except StatusError as problem:
            raise refusal_of(problem, request) from problem
        return ApiAnswer(reply.body, reply.at)

    def text(self, path: str, query: Query | None = None, *, request: str = "") -> ApiAnswer:
        try:
            body, at = self._cluster.text(path, **(query or {}))
        except StatusError as problem:
            raise refusal_of(problem, request or path) from problem
        return ApiAnswer(body, at)

    def chunks(self, path: str, query: Query | None = None, *, request: str = "") -> tuple[Iterator[bytes], datetime]:
        """A text as it comes, and the API server's clock."""
        try:
            return self._cluster.chunks(path, **(query or {}))
        except StatusError as problem:
            raise refusal_of(problem, request or path) from problem


def refusal_of(problem: StatusError, request: str) -> ApiError:
    """403 carries verb, resource, namespace and identity in the API server's own words."""
    kind: Kind = "bad_request"
    to_do = ""
    if problem.status == 401:
        kind, to_do = "denied", "The credentials were rejected. Renew them."
    elif problem.status == 403:
        kind, to_do = "denied", "Grant this identity that verb on that resource (see README, roles)."
    elif problem.status == 404:
        kind = "not_found"
    elif problem.status in (405, 501):
        kind, to_do = "failed", "This API server does not serve that. Retrying will not help."
    elif problem.status == 429 or problem.status >= 500:
        kind, to_do = "unavailable", "Retry in a moment."
    wrong = excerpt(problem.message, 600) or f"HTTP status {problem.status}"
    return ApiError(kind, request, wrong, to_do, status=problem.status)
