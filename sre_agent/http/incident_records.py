"""What an incident holds, over HTTP: its report, time line, evidence, and the question that it asks a person."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from pydantic import BaseModel

from sre_agent.domain.finding import Evidence
from sre_agent.domain.question import Question
from sre_agent.domain.report import Report, TimelineEntry
from sre_agent.errors import AbsentError
from sre_agent.event_lines import event_line
from sre_agent.http.callers import Viewer
from sre_agent.http.service import Service

router: Final = APIRouter(prefix="/incidents/{incident_id}", tags=["incidents"])
EVENTS: Final = 5000  # of an incident under way


class IncidentTimeline(BaseModel):
    """`complete`: the incident has ended, and this is the time line of its report."""

    incident: str
    complete: bool
    entries: list[TimelineEntry]


@router.get("/report")
async def get_report(request: Request, incident_id: str, caller: Viewer) -> Report:
    service: Service = request.app.state.service
    report = await service.responder.report(incident_id)
    if report is None:
        incident = await service.responder.incident(incident_id)
        raise AbsentError(f"Incident {incident.id}: {incident.lacks_report}. See /incidents/{incident.id}/events.")
    return report


@router.get("/timeline")
async def get_timeline(request: Request, incident_id: str, caller: Viewer) -> IncidentTimeline:
    """The timeline of the report; before there is a report, the events so far."""
    service: Service = request.app.state.service
    incident = await service.responder.incident(incident_id)
    report = await service.store.report(incident.id)
    if report is not None:
        return IncidentTimeline(incident=incident.id, complete=not incident.open, entries=report.timeline)
    events = [one.event for one in await service.store.events(incident.id, limit=EVENTS)]
    lines = [(event.at, event_line(event).split("\n")[0].strip()) for event in events]
    entries = [TimelineEntry(at=at, what=line) for at, line in lines if line]
    return IncidentTimeline(incident=incident.id, complete=False, entries=entries)


@router.get("/evidence")
async def get_evidence(request: Request, incident_id: str, caller: Viewer) -> list[Evidence]:
    """Every tool call of the incident, in order, with its answer."""
    service: Service = request.app.state.service
    incident = await service.responder.incident(incident_id)
    return await service.store.ledger(incident.id)


@router.get("/question")
async def get_question(request: Request, incident_id: str, caller: Viewer) -> Question:
    """The open approval question: the action with its diff, the cause, the evidence, and when it expires."""
    service: Service = request.app.state.service
    incident = await service.responder.incident(incident_id)
    question = await service.engine.question(incident) if incident.question else None
    if question is None:
        raise AbsentError(f"Incident {incident.id} has no open approval question.")
    return question
