"""What chat models cost, by incident."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from sre_agent.http.callers import Viewer
from sre_agent.http.service import Service

router: Final = APIRouter(prefix="/costs", tags=["costs"])


class IncidentCosts(BaseModel):
    """Tokens by the provider's count. `reused` were not made, as the same request had been answered shortly before."""

    incident: str
    calls: int
    reused: int = 0
    input_tokens: int
    output_tokens: int
    dollars: float


class CostSummary(BaseModel):
    """`dollars` includes what is held for batch jobs."""

    dollars: float
    incidents: list[IncidentCosts]


@router.get("")
async def costs(request: Request, caller: Viewer, days: Annotated[float, Query(gt=0, le=366)] = 1.0) -> CostSummary:
    """What chat models cost in the last days, most expensive first."""
    service: Service = request.app.state.service
    since = service.clock.now() - timedelta(days=days)
    rows: dict[str, IncidentCosts] = {}
    for call in await service.store.model_calls(since=since):
        row = rows.setdefault(
            call.incident, IncidentCosts(incident=call.incident, calls=0, input_tokens=0, output_tokens=0, dollars=0.0)
        )
        row.calls += not call.reused
        row.reused += call.reused
        row.input_tokens += call.input_tokens
        row.output_tokens += call.output_tokens
        row.dollars += call.dollars
    total = await service.store.model_dollars(since=since)
    return CostSummary(dollars=total, incidents=sorted(rows.values(), key=lambda row: -row.dollars))
