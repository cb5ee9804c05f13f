"""What the API server's refusal of a write means, and what may be said of a write whose answer was lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.refusals import Code, Kind
from mcp_servers.kubernetes.connection.client import ClusterConnection, StatusError
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.near_names import near, offer
from mcp_servers.serving.proxy_pages import PASSING

IN_DOUBT: Final = (
    "It is unknown whether the write happened. Call again with the same permit; a write is never repeated."
)
_KINDS: Final[dict[int, Kind]] = {
    400: "bad_request",
    401: "denied",
    403: "denied",
    404: "not_found",
    415: "bad_request",
    422: "bad_request",
}


@dataclass(frozen=True)
class WriteLocation:
    """The object that is written to, and where the API serves it; `group` is empty for the core group, `namespace` for
    what stands in none."""

    kind: str
    plural: str
    namespace: str
    name: str
    group: str = "apps"
    version: str = "v1"

    @property
    def collection(self) -> str:
        base = f"/apis/{self.group}/{self.version}" if self.group else "/api/v1"
        return f"{base}/namespaces/{self.namespace}/{self.plural}" if self.namespace else f"{base}/{self.plural}"

    @property
    def path(self) -> str:
        return f"{self.collection}/{self.name}"

    @property
    def subject(self) -> str:
        return "/".join(part for part in (self.kind, self.namespace, self.name) if part)

    @property
    def scope(self) -> str:
        return f"in namespace {self.namespace}" if self.namespace else "in the cluster"


def refusal_error(problem: StatusError, verb: str, place: WriteLocation) -> TeachingError:
    """The refusal with verb, resource and namespace, and what to do about it."""
    request = f"{verb} {place.plural} {place.name!r} {place.scope}"
    to_do = {
        401: "The API server does not accept these credentials. Renew them.",
        403: f"Grant this server's identity the verb {verb} on resource {place.plural} (group"
        f" {place.group or 'core'}) {place.scope}.",
        409: "The object keeps changing; retry later.",
        422: "The API server rejects the changed object as invalid. Choose other arguments.",
        400: "The API server rejects the changed object as invalid. Choose other arguments.",
    }.get(problem.status, "")
    wrong = f"{problem.status} {problem.reason}: {excerpt(problem.message, 600)}"
    if problem.status in PASSING or problem.status == 429:
        code: Code = "throttled" if problem.status == 429 else "server_error"
        return TeachingError("unavailable", request, wrong, "Retry in a moment.", code=code)
    return TeachingError(_KINDS.get(problem.status, "failed"), request, wrong, to_do)


def is_refusal(problem: StatusError) -> bool:
    """Whether nothing was changed for sure: a 5xx may come after the write."""
    return problem.status < 500


def absent(cluster: ClusterConnection, place: WriteLocation) -> TeachingError:
    """`not_found`, with near names where they may be listed."""
    try:
        names = [item["metadata"]["name"] for item in cluster.list(place.collection).body["items"]]
        suggestion = offer(near(place.name, names))
    except (StatusError, TeachingError):
        suggestion = ""
    return TeachingError("not_found", place.subject, "does not exist.", suggestion)
