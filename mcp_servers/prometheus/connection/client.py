"""The HTTP API of Prometheus, and of what speaks like it: Thanos, Mimir, Amazon Managed Prometheus."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import httpx2

from mcp_servers.contract.refusals import Kind
from mcp_servers.prometheus.connection.http import HttpService, body, date
from mcp_servers.serving.errors import TeachingError

TO_ALLOW: Final = "Set PROMETHEUS_TOKEN to a token with read access."
ACTIONS: Final = {  # of Amazon Managed Prometheus, by path
    "query": "aps:QueryMetrics",
    "query_range": "aps:QueryMetrics",
    "series": "aps:GetSeries",
    "metadata": "aps:GetMetricMetadata",
    "alerts": "aps:ListAlerts",
    "rules": "aps:ListRules",
}
FORMS: Final = frozenset(("query", "query_range", "series"))  # may be posted


@dataclass(frozen=True)
class PrometheusReply:
    """`data` of a successful answer, with the warnings Prometheus gave."""

    data: Any
    as_of: datetime
    warnings: list[str] = field(default_factory=list)


class Prometheus:
    """Thread-safe. `auth` signs each request, for a service that asks for more than a bearer token."""

    def __init__(self, url: str, token: str = "", auth: httpx2.Auth | None = None) -> None:
        self._service = HttpService("Prometheus", url, token=token, auth=auth, to_allow="" if auth else TO_ALLOW)
        self.host = self._service.host

    def close(self) -> None:
        self._service.close()

    def now(self) -> datetime:
        """The service's clock. Raises TeachingError."""
        return self.ask("query", "the clock of Prometheus", query="time()").as_of

    def ask(self, path: str, request: str, **params: str | list[str]) -> PrometheusReply:
        """One question below /api/v1; `match` are the selectors of `match[]`. Raises TeachingError."""
        allow = ACTIONS.get(path, "aps:GetLabels")
        query = {("match[]" if name == "match" else name): value for name, value in params.items()}
        response = self._service.get(f"/api/v1/{path}", request, query, allow=allow, form=path in FORMS)
        content = body(response)
        if not isinstance(content, dict) or content.get("status") != "success":
            raise _refusal(response, content if isinstance(content, dict) else {}, path, request)
        return PrometheusReply(
            content["data"], date(response, request), [*content.get("warnings", []), *content.get("infos", [])]
        )


def _refusal(response: httpx2.Response, content: dict[str, Any], path: str, request: str) -> TeachingError:
    kind, error = str(content.get("errorType", "")), str(content.get("error", ""))
    if response.status_code == 404 and not error:
        wrong = f"it has no /api/v1/{path}: a Prometheus-compatible service (such as Amazon's) may not offer it."
        return TeachingError("bad_request", request, wrong, "Check --url, or query `up == 0` for what is down.")
    if response.status_code == 429:
        wrong = error or "it is busy (429)."
        return TeachingError("unavailable", request, wrong, "Retry in a moment.", code="throttled")
    if not error:
        wrong = f"responded {response.status_code} without a Prometheus error: {response.text[:200]!r}."
        return TeachingError("unavailable", request, wrong, "Check that --url points to Prometheus.")
    if kind in ("timeout", "canceled") or response.status_code == 503:
        return TeachingError("unavailable", request, error, "Use a shorter window, a longer step or fewer series.")
    refusal_kind: Kind = "bad_request" if response.status_code in (400, 422) else "failed"
    to_do = 'Fix the expression; a selector is metric{label="value"}, a rate needs a range such as [5m].'
    return TeachingError(refusal_kind, request, f"({kind}) {error}", to_do if "parse error" in error else "")
