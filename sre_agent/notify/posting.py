"""One request of a channel to its service: what came back, or why people were not told.

Neither an address nor a header gets into an error: either may be the secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx

from sre_agent.errors import NotifyError

TIMEOUT_SECONDS: Final = 10.0


async def post(url: str, body: Mapping[str, Any], *, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """Sends JSON; redirects are not followed. Raises NotifyError for anything but success."""
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
            response = await client.post(url, json=body, headers=dict(headers or {}))
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        raise NotifyError(f"it could not be reached ({type(problem).__name__})") from None
    if response.status_code >= 300:
        wait = response.headers.get("retry-after", "")
        raise NotifyError(f"it answered {response.status_code}", retry_after=float(wait) if wait.isdigit() else 0.0)
    return response


def json_of(response: httpx.Response) -> dict[str, Any]:
    """Raises NotifyError where it is no JSON object."""
    try:
        body = response.json()
    except ValueError:
        raise NotifyError("its answer is no JSON") from None
    if not isinstance(body, dict):
        raise NotifyError("its answer is no JSON object")
    return body
