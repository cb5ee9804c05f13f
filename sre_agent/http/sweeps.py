"""A health sweep over HTTP: one look over a namespace or the cluster. It only reads."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request

from sre_agent.domain.sweep import Sweep
from sre_agent.http.callers import Operator
from sre_agent.http.service import Service

router: Final = APIRouter(prefix="/sweeps", tags=["sweeps"])


@router.post("")
async def sweep(
    request: Request,
    caller: Operator,
    namespace: Annotated[str, Query(max_length=63, description="empty: the whole cluster")] = "",
) -> Sweep:
    service: Service = request.app.state.service
    return await service.engine.sweep(namespace)
