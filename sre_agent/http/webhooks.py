"""Alarms that monitors send: EventBridge, SNS, Lambda actions, Alertmanager, PagerDuty, Datadog, Grafana, others.

An alarm is answered once it is kept: with what became of it, and with the incident that it belongs to.
"""

from __future__ import annotations

import json
import time
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from sre_agent import entrances
from sre_agent.domain.alarm import AlarmReceipt
from sre_agent.domain.signal import Signal
from sre_agent.errors import BadInputError, NoAlarmError, TemporaryError
from sre_agent.http.alarm_sources import NAME, AlarmSource
from sre_agent.http.callers import Viewer
from sre_agent.http.guarding import RequestRate
from sre_agent.http.service import Service
from sre_agent.http.sns import UnverifiedMessageError
from sre_agent.http.submitting import BUSY_SECONDS

router: Final = APIRouter(prefix="/alarms", tags=["alarms"])
SUBSCRIBED: Final = ("SubscriptionConfirmation", "UnsubscribeConfirmation")
BODY: Final[dict[str, Any]] = {"requestBody": {"content": {"application/json": {}}}}


class AlarmsAccepted(BaseModel):
    """`alarms` says of each what became of it. `task_id` is the first incident of them; the addresses are empty where
    none was opened or attached to. `note` says what else was done."""

    task_id: str = ""
    status_url: str = ""
    events_url: str = ""
    incidents: list[str] = Field(default_factory=list)
    alarms: list[AlarmReceipt] = Field(default_factory=list)
    note: str = ""


class AlarmPage(BaseModel):
    """Newest first. `next` is the cursor of the page after this one; 0 on the last."""

    alarms: list[AlarmReceipt]
    next: int = 0


@router.post("/{source}", status_code=202, openapi_extra=BODY)
async def receive(
    request: Request,
    response: Response,
    source: Annotated[str, Path(pattern=NAME, description="source of the alarms; an operator may use any name")],
) -> AlarmsAccepted:
    """Accept alarms as their monitor sends them."""
    service: Service = request.app.state.service
    body = await request.body()
    alarm_source = await _proven(request, service, source, body)
    request.state.caller = f"source {source}"
    payload: Any = body
    if alarm_source is not None and alarm_source.proof == "sns":
        payload = _object(body)
        if note := await _subscription(service, payload, alarm_source):
            return AlarmsAccepted(note=note)
    try:
        signals = entrances.read(payload, received_at=service.clock.now())
    except NoAlarmError as nothing:
        return AlarmsAccepted(note=str(nothing))
    _charge(request, service, source, alarm_source, signals)
    receipts = await service.alarms.receive(signals, source)
    if any(one.disposition == "no_room" for one in receipts):
        raise _put_off(signals, "Too many incidents are waiting. Retry what was not accepted", BUSY_SECONDS)
    return _acceptance(receipts, response)


@router.get("")
async def list_alarms(
    request: Request,
    caller: Viewer,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="cursor: `next` of the previous page")] = None,
) -> AlarmPage:
    """List what became of every incoming alarm: investigated, grouped, muted or only recorded, and why."""
    service: Service = request.app.state.service
    receipts = await service.store.receipts(limit=limit + 1, before=before)
    return AlarmPage(
        alarms=[one for _, one in receipts[:limit]], next=receipts[limit - 1][0] if len(receipts) > limit else 0
    )


async def _proven(request: Request, service: Service, source: str, body: bytes) -> AlarmSource | None:
    """The source, where the delivery proves to be its own; None for an operator. Raises HTTPException otherwise."""
    alarm_source = service.sources.get(source)
    if alarm_source is not None and alarm_source.proof == "sns":
        try:
            await service.sns.verify(_object(body), alarm_source.topics, service.clock.now())
        except UnverifiedMessageError as problem:
            raise HTTPException(401, f"This SNS message cannot be verified. {problem}", _CHALLENGE) from problem
        return alarm_source
    if alarm_source is not None and await service.alarm_secrets.prove(
        alarm_source, request.headers, body, service.clock.now()
    ):
        return alarm_source
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = request.headers.get("x-webhook-secret", "") or (token if scheme.lower() == "bearer" else "")
    if token and (caller := await service.callers.caller(token)) is not None and caller.may("operator"):
        return None
    message = f"Send the secret of the source {source!r} as 'X-Webhook-Secret' or as a bearer token."
    if alarm_source is not None and alarm_source.proof != "secret":
        message = (
            f"The signature of {alarm_source.proof} over this body does not match the secret of the source {source!r}."
        )
    raise HTTPException(401, message, _CHALLENGE)


_CHALLENGE: Final = {"www-authenticate": "Bearer"}


async def _subscription(service: Service, message: dict[str, Any], alarm_source: AlarmSource) -> str:
    """What was done about a message that concerns the subscription itself; empty for any other."""
    kind, topic = message.get("Type"), message.get("TopicArn")
    if kind not in SUBSCRIBED:
        return ""
    if kind == SUBSCRIBED[1]:
        return f"The subscription to {topic} was ended; nothing was done."
    try:
        await service.sns.confirm(message)
    except UnverifiedMessageError as problem:
        raise HTTPException(401, f"This subscription was not confirmed. {problem}", _CHALLENGE) from problem
    return f"The subscription to {topic} is confirmed."


def _object(body: bytes) -> dict[str, Any]:
    """What is verified is what is read: the one reading of the body. Raises BadInputError."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise BadInputError(f"The body is not valid JSON: {problem}") from problem
    if not isinstance(fields, dict):
        raise BadInputError("The body has to be a JSON object.")
    return fields


def _charge(
    request: Request, service: Service, source: str, alarm_source: AlarmSource | None, signals: list[Signal]
) -> None:
    """Every source has a quota of its own, so that a flood from one leaves room for the others."""
    rates: dict[str, RequestRate] = request.app.state.source_rates
    most = (
        alarm_source.alarms_per_minute if alarm_source is not None else None
    ) or service.alarm_settings.alarms_per_minute
    rate = rates.setdefault(source if alarm_source is not None else "", RequestRate(most))
    if wait := rate.take("", time.monotonic(), len(signals)):
        raise _put_off(signals, f"The source {source!r} sent more than {most} alarms in a minute", wait)


def _put_off(signals: list[Signal], why: str, seconds: float) -> Exception:
    """Alertmanager drops what is answered 429 and sends again what is answered 503; all others heed 429."""
    if any(one.source == "alertmanager" for one in signals):
        return TemporaryError(f"{why}.", retry_after=max(1.0, seconds))
    return HTTPException(429, f"{why}.", {"retry-after": str(max(1, round(seconds)))})


def _acceptance(receipts: list[AlarmReceipt], response: Response) -> AlarmsAccepted:
    incidents = list(dict.fromkeys(one.incident for one in receipts if one.incident))
    if not incidents:
        return AlarmsAccepted(alarms=receipts)
    status_url = response.headers["location"] = f"/incidents/{incidents[0]}"
    return AlarmsAccepted(
        task_id=incidents[0],
        status_url=status_url,
        events_url=f"{status_url}/events",
        incidents=incidents,
        alarms=receipts,
    )
