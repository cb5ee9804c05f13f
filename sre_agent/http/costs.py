"""What chat models cost, by incident."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from sre_agent.errors import BadInputError
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
    """`dollars` of all incidents includes what is held for batch jobs. `next` is the cursor of the page after this one;
    empty on the last."""

    dollars: float
    incidents: list[IncidentCosts]
    next: str = ""


@router.get("")
async def costs(
    request: Request,
    caller: Viewer,
    days: Annotated[float, Query(gt=0, le=366)] = 1.0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: Annotated[str, Query(max_length=200, description="cursor: `next` of the previous page")] = "",
) -> CostSummary:
    """What chat models cost in the last days, most expensive first."""
    service: Service = request.app.state.service
    since = service.clock.now() - timedelta(days=days)
    begin = _place(after) if after else (-math.inf, "")
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
    rest = sorted((one for one in rows.values() if _order(one) > begin), key=_order)
    last = rest[limit - 1] if len(rest) > limit else None
    return CostSummary(
        dollars=total, incidents=rest[:limit], next=f"{last.dollars!r}/{last.incident}" if last is not None else ""
    )


def _order(row: IncidentCosts) -> tuple[float, str]:
    return -row.dollars, row.incident


def _place(cursor: str) -> tuple[float, str]:
    """Raises BadInputError for what is no cursor."""
    dollars, _, incident = cursor.partition("/")
    try:
        return -float(dollars), incident
    except ValueError as problem:
        raise BadInputError(f"{cursor!r} is no cursor of the costs. Take `next` of the previous page.") from problem
