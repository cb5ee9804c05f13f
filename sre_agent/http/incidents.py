"""Incidents over HTTP: open, list, read, answer, cancel, resume."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel, Field

from sre_agent import entrances
from sre_agent.domain.action import ApprovalDecision, Choice
from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report
from sre_agent.entrances import sentence
from sre_agent.errors import AbsentError, BadInputError
from sre_agent.http.callers import Admin, Approver, Operator, Viewer
from sre_agent.http.service import Service
from sre_agent.http.submitting import Accepted, accepted, submit

router: Final = APIRouter(prefix="/incidents", tags=["incidents"])
MOST: Final = 200  # incidents of one page


class NewIncident(BaseModel):
    """Either a sentence that names what it is about, or an alarm as its monitor sends it."""

    text: str = Field("", max_length=4000)
    alarm: dict[str, Any] | None = None


class IncidentPage(BaseModel):
    """`next` is the cursor of the page after this one; empty on the last."""

    incidents: list[Incident]
    next: str = ""


class DecisionRequest(BaseModel):
    choice: Choice
    comment: str = Field("", max_length=1000)


@router.post("", status_code=202)
async def open_incident(
    request: Request,
    response: Response,
    body: NewIncident,
    caller: Operator,
    idempotency_key: Annotated[str, Header(max_length=200)] = "",
) -> Accepted:
    """Begin an investigation. The answer comes before its end: follow `status_url`."""
    service: Service = request.app.state.service
    now = service.clock.now()
    if bool(body.text.strip()) == (body.alarm is not None):
        raise BadInputError(
            "Give either 'text', a sentence that names what it is about, or 'alarm', a monitor's payload."
        )
    if body.alarm is not None:
        signals = entrances.read(body.alarm, received_at=now)
    else:
        signals = [sentence.signal(body.text, intent="respond", received_at=now)]
    key = f"{caller.name} {idempotency_key}" if idempotency_key else ""
    return accepted(await submit(service, signals, key=key), response)


@router.get("")
async def list_incidents(
    request: Request,
    caller: Viewer,
    only_open: bool = False,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    before: Annotated[str, Query(max_length=100, description="cursor: the last incident of the page before")] = "",
) -> IncidentPage:
    """Newest first."""
    service: Service = request.app.state.service
    found = await service.store.incidents(only_open=only_open, limit=limit + 1, before=before)
    return IncidentPage(incidents=found[:limit], next=found[limit - 1].id if len(found) > limit else "")


@router.get("/{incident_id}")
async def get_incident(request: Request, incident_id: str, caller: Viewer) -> Incident:
    service: Service = request.app.state.service
    return await service.responder.incident(incident_id)


@router.get("/{incident_id}/report")
async def get_report(request: Request, incident_id: str, caller: Viewer) -> Report:
    service: Service = request.app.state.service
    report = await service.responder.report(incident_id)
    if report is None:
        raise AbsentError(f"Incident {incident_id} has no report yet; follow /incidents/{incident_id}/events.")
    return report


@router.get("/{incident_id}/evidence")
async def get_evidence(request: Request, incident_id: str, caller: Viewer) -> list[Evidence]:
    service: Service = request.app.state.service
    incident = await service.responder.incident(incident_id)
    return await service.store.ledger(incident.id)


@router.post("/{incident_id}/decision")
async def decide(request: Request, incident_id: str, body: DecisionRequest, caller: Approver) -> ApprovalDecision:
    """Answer the open approval question. The first answer counts."""
    service: Service = request.app.state.service
    return await service.responder.decide(incident_id, body.choice, by=caller.name, comment=body.comment)


@router.post("/{incident_id}/cancel", status_code=202)
async def cancel(request: Request, response: Response, incident_id: str, caller: Admin) -> Accepted:
    """End an incident after the step under way; it escalates."""
    service: Service = request.app.state.service
    incident = await service.responder.incident(incident_id)
    await service.responder.cancel(incident.id)
    return accepted([incident], response)


@router.post("/{incident_id}/resume", status_code=202)
async def resume(request: Request, response: Response, incident_id: str, caller: Operator) -> Accepted:
    """Go on at once with a run whose process died."""
    service: Service = request.app.state.service
    return accepted([await service.responder.resume(incident_id)], response)
