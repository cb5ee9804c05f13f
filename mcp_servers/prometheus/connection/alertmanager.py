"""The HTTP API (v2) of an Alertmanager: which alerts it holds, and which silences keep them quiet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx2

from mcp_servers.contract.refusals import Kind
from mcp_servers.prometheus.connection.http import HttpService, body, date
from mcp_servers.serving.errors import TeachingError

TO_ALLOW: Final = "Set ALERTMANAGER_TOKEN to a token with read access."
ACTIONS: Final = {"alerts": "aps:ListAlertManagerAlerts", "silences": "aps:ListAlertManagerSilences"}


@dataclass(frozen=True)
class AlertmanagerListing:
    """The items of a listing, and the Alertmanager's clock."""

    items: list[dict[str, Any]]
    as_of: datetime


class Alertmanager:
    """Thread-safe. `auth` signs each request, for a service that asks for more than a bearer token."""

    def __init__(self, url: str, token: str = "", auth: httpx2.Auth | None = None) -> None:
        self._service = HttpService("Alertmanager", url, token=token, auth=auth, to_allow="" if auth else TO_ALLOW)
        self.host = self._service.host

    def close(self) -> None:
        self._service.close()

    def list(self, path: str, request: str, **params: str | list[str]) -> AlertmanagerListing:
        """The items of /api/v2/<path>. Raises TeachingError."""
        response = self._service.get(f"/api/v2/{path}", request, params, allow=ACTIONS[path])
        content = body(response)
        if response.status_code == 200 and isinstance(content, list):
            return AlertmanagerListing(content, date(response, request))
        message = (
            content if isinstance(content, str) else str((content or {}).get("message", "")) or response.text[:200]
        )
        kind: Kind = "bad_request" if response.status_code == 400 else "unavailable"
        to_do = 'A filter is a matcher such as alertname="X".' if kind == "bad_request" else "Check --alertmanager-url."
        raise TeachingError(kind, request, f"answered {response.status_code}: {message}", to_do)
