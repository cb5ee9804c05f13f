"""What is remembered of incidents that have ended, over HTTP: listed, read, and forgotten by an operator."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request

from sre_agent.domain.past_incident import PastIncident
from sre_agent.http.callers import Operator, Viewer
from sre_agent.http.idempotency import KeyedRoute
from sre_agent.http.service import Service
from sre_agent.memory.forgetting import forget, memory_of

router: Final = APIRouter(prefix="/memory", tags=["memory"], route_class=KeyedRoute)
MOST: Final = 1000  # past incidents of one answer


@router.get("")
async def list_past_incidents(
    request: Request, caller: Viewer, limit: Annotated[int, Query(ge=1, le=MOST)] = MOST
) -> list[PastIncident]:
    """The past incidents that ended last, newest first."""
    service: Service = request.app.state.service
    return await service.store.past_incidents(limit=limit)


@router.get("/{incident_id}")
async def get_past_incident(request: Request, incident_id: str, caller: Viewer) -> PastIncident:
    """What is remembered of one incident."""
    service: Service = request.app.state.service
    return await memory_of(incident_id, service.store)


@router.post("/{incident_id}/forget")
async def forget_past_incident(request: Request, incident_id: str, caller: Operator) -> PastIncident:
    """Forget one incident; what was remembered of it is returned. The record says who forgot it."""
    service: Service = request.app.state.service
    return await forget(incident_id, service.store, service.progress, by=caller.name)
