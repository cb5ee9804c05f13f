"""What people say of verdicts, over HTTP: a grade for an incident that has ended, and all of them."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request

from sre_agent.domain.incident_grade import GradeRequest, IncidentGrade
from sre_agent.http.callers import Operator, Viewer
from sre_agent.http.idempotency import KeyedRoute
from sre_agent.http.service import Service

router: Final = APIRouter(tags=["incidents"], route_class=KeyedRoute)
MOST: Final = 1000  # grades of one answer


@router.post("/incidents/{incident_id}/grade")
async def grade(request: Request, incident_id: str, body: GradeRequest, caller: Operator) -> IncidentGrade:
    """Say whether the verdict of an incident that has ended was right. The last grade counts."""
    service: Service = request.app.state.service
    return await service.responder.grade(incident_id, body, by=caller.name, identity=caller.identity)


@router.get("/grades")
async def list_grades(request: Request, caller: Viewer) -> list[IncidentGrade]:
    """The newest grades, newest first."""
    service: Service = request.app.state.service
    return await service.store.grades(limit=MOST)
