"""Incidents over HTTP: open, list, answer, cancel, resume. What one holds is read in `incident_records`."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from sre_agent.domain.action import ApprovalDecision
from sre_agent.domain.base import Severity
from sre_agent.domain.incident import Incident, Reason, Status
from sre_agent.domain.question import ApprovalAnswer
from sre_agent.entrances.request import IncidentRequest
from sre_agent.http.callers import Admin, Approver, Operator, Viewer
from sre_agent.http.idempotency import KeyedRoute
from sre_agent.http.service import Service
from sre_agent.http.submitting import Submission, accepted, submit
from sre_agent.store import IncidentFilter

router: Final = APIRouter(prefix="/incidents", tags=["incidents"], route_class=KeyedRoute)
MOST: Final = 200  # incidents of one page


class IncidentPage(BaseModel):
    """`next` is the cursor of the page after this one; empty on the last."""

    incidents: list[Incident]
    next: str = ""


class RecordedDecision(ApprovalDecision):
    """`events_url` tells what comes of it."""

    status_url: str
    events_url: str


class DecisionRequest(ApprovalAnswer):
    """`edit` gives `arguments` of the write new values: the action is previewed and judged again, and asked about anew.
    With `action_digest` the answer counts only for the action that was shown."""

    comment: str = Field("", max_length=1000)
    arguments: dict[str, Any] = Field(default_factory=dict, max_length=50)
    action_digest: str = Field("", max_length=200)


@router.post("", status_code=202)
async def open_incident(request: Request, response: Response, body: IncidentRequest, caller: Operator) -> Submission:
    """Start an investigation. The response does not wait for its end: follow `status_url`."""
    service: Service = request.app.state.service
    after = await service.store.last_event()
    signals = body.signals(service.clock.now()) or await service.responder.again(body.again)
    return accepted(await submit(service, signals), response, after=after)


@router.get("")
async def list_incidents(
    request: Request,
    caller: Viewer,
    only_open: bool = False,
    status: Annotated[list[Status] | None, Query(description="any of these")] = None,
    reason: Annotated[list[Reason] | None, Query(description="any of these")] = None,
    severity: Annotated[list[Severity] | None, Query(description="any of these")] = None,
    waiting: Annotated[bool, Query(description="waiting for approval")] = False,
    namespace: Annotated[str, Query(max_length=63, description="namespace of one of its subjects")] = "",
    text: Annotated[str, Query(max_length=200, description="part of the title, case-insensitive")] = "",
    opened_from: AwareDatetime | None = None,
    opened_until: AwareDatetime | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    before: Annotated[str, Query(max_length=100, description="cursor: the last incident of the previous page")] = "",
) -> IncidentPage:
    """Newest first."""
    service: Service = request.app.state.service
    which = IncidentFilter(
        statuses=tuple(status or ()),
        reasons=tuple(reason or ()),
        severities=tuple(severity or ()),
        waiting=waiting,
        namespace=namespace,
        text=text,
        opened_from=opened_from,
        opened_until=opened_until,
    )
    incidents = await service.store.incidents(only_open=only_open, limit=limit + 1, before=before, which=which)
    return IncidentPage(incidents=incidents[:limit], next=incidents[limit - 1].id if len(incidents) > limit else "")


@router.get("/{incident_id}")
async def get_incident(request: Request, incident_id: str, caller: Viewer) -> Incident:
    service: Service = request.app.state.service
    return await service.responder.incident(incident_id)


@router.post("/{incident_id}/decision")
async def decide(
    request: Request, response: Response, incident_id: str, body: DecisionRequest, caller: Approver
) -> RecordedDecision:
    """Answer the open approval question. Only the first answer counts."""
    service: Service = request.app.state.service
    after = await service.store.last_event()
    decision = await service.responder.decide(incident_id, body, by=caller.name, identity=caller.identity)
    links = accepted([await service.responder.incident(decision.incident)], response, after=after)
    return RecordedDecision(**decision.model_dump(), status_url=links.status_url, events_url=links.events_url)


@router.post("/{incident_id}/cancel", status_code=202)
async def cancel(request: Request, response: Response, incident_id: str, caller: Admin) -> Submission:
    """Cancel an incident after its current step; it ends escalated."""
    service: Service = request.app.state.service
    after = await service.store.last_event()
    incident = await service.responder.incident(incident_id)
    await service.responder.cancel(incident.id)
    return accepted([incident], response, after=after)


@router.post("/{incident_id}/resume", status_code=202)
async def resume(request: Request, response: Response, incident_id: str, caller: Operator) -> Submission:
    """Resume at once a run whose process died."""
    service: Service = request.app.state.service
    after = await service.store.last_event()
    return accepted([await service.responder.resume(incident_id)], response, after=after)
