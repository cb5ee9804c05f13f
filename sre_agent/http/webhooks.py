"""Alarms that monitors send: EventBridge API destinations, SNS, Lambda actions, Alertmanager, and others' webhooks.

Each source has its own secret: a leaked one opens incidents in the name of that source and does nothing else.
"""

from __future__ import annotations

import hmac
from typing import Annotated, Final

from fastapi import APIRouter, Header, Path, Request, Response
from starlette.exceptions import HTTPException

from sre_agent import entrances
from sre_agent.http.service import Service
from sre_agent.http.submitting import Accepted, accepted, submit

router: Final = APIRouter(prefix="/alarms", tags=["alarms"])


@router.post("/{source}", status_code=202, openapi_extra={"requestBody": {"content": {"application/json": {}}}})
async def receive(
    request: Request,
    response: Response,
    source: Annotated[str, Path(pattern=r"^[a-z0-9-]{1,40}$", description="a source that has a secret")],
    authorization: Annotated[str, Header()] = "",
    x_webhook_secret: Annotated[str, Header()] = "",
) -> Accepted:
    """An alarm as its monitor sends it; `status_url` leads to its incident, and is empty where none was needed."""
    service: Service = request.app.state.service
    await _known(service, source, x_webhook_secret or authorization.removeprefix("Bearer "))
    request.state.caller = f"source {source}"
    signals = entrances.read(await request.body(), received_at=service.clock.now())
    wanted = [one for one in signals if one.state != "resolved"]
    if len(wanted) < len(signals):  # that something is well again opens no incident; one that is open hears of it
        topics = {one.fingerprint for one in await service.store.incidents(only_open=True, limit=1000)}
        wanted = [one for one in signals if one.state != "resolved" or service.responder.topic(one) in topics]
    if not wanted:
        return Accepted(task_id="", status_url="", events_url="", incidents=[])
    return accepted(await submit(service, wanted), response)


async def _known(service: Service, source: str, shown: str) -> None:
    """Raises HTTPException unless the caller has the source's secret, or may open incidents anyway."""
    secret = service.webhook_secrets.get(source, "")
    if secret and hmac.compare_digest(shown.encode(), secret.encode()):
        return
    if shown and (caller := await service.callers.caller(shown)) is not None and caller.may("operator"):
        return
    wanted = f"Send the secret of the source {source!r} as 'X-Webhook-Secret' or as a bearer token."
    raise HTTPException(401, wanted, {"www-authenticate": "Bearer"})
