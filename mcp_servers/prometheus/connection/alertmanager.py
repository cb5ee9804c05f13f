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

    def list(self, path: str, asked: str, **params: str | list[str]) -> AlertmanagerListing:
        """The items of /api/v2/<path>. Raises TeachingError."""
        response = self._service.get(f"/api/v2/{path}", asked, params, allow=ACTIONS[path])
        told = body(response)
        if response.status_code == 200 and isinstance(told, list):
            return AlertmanagerListing(told, date(response, asked))
        said = told if isinstance(told, str) else str((told or {}).get("message", "")) or response.text[:200]
        kind: Kind = "bad_request" if response.status_code == 400 else "unavailable"
        to_do = 'A filter is a matcher such as alertname="X".' if kind == "bad_request" else "Check --alertmanager-url."
        raise TeachingError(kind, asked, f"answered {response.status_code}: {said}", to_do)
