"""Whether the process lives, whether it can work, and its figures. None of the three says anything about incidents."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from sre_agent.http.callers import Viewer
from sre_agent.http.metrics import ServiceMetrics
from sre_agent.http.service import EngineState, Mode, Service

router: Final = APIRouter(tags=["health"])


class Alive(BaseModel):
    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    """`mode` says what works: everything, everything but a chat model, looking without acting, or taking in alone."""

    ready: bool
    mode: Mode
    engine: EngineState
    workers: int
    busy: int
    waiting: int
    dead_letters: int
    storage: Literal["ok"] = "ok"


@router.get("/health")
async def health() -> Alive:
    """The process answers."""
    return Alive()


@router.get("/ready", responses={503: {"model": Ready, "description": "It takes alarms in, but works on none"}})
async def ready(request: Request, response: Response) -> Ready:
    """Whether alarms that come in are worked on."""
    service: Service = request.app.state.service
    depth = await service.queue.depth(service.clock.now())
    engine = service.engine
    works = engine.state == "running"
    response.status_code = 200 if works else 503
    return Ready(
        ready=works,
        mode=service.mode if works else "intake_only",
        engine=engine.state,
        workers=engine.workers,
        busy=engine.busy,
        waiting=depth.due,
        dead_letters=depth.dead,
    )


@router.get("/metrics", response_class=Response)
async def metrics(request: Request, caller: Viewer) -> Response:
    """In Prometheus' text format."""
    service: Service = request.app.state.service
    known: ServiceMetrics = request.app.state.metrics
    now = service.clock.now()
    depth = await service.queue.depth(now)
    for state, count in (("due", depth.due), ("later", depth.later), ("taken", depth.taken), ("dead", depth.dead)):
        known.depth.labels(state).set(count)
    known.oldest.set((now - depth.oldest_due).total_seconds() if depth.oldest_due is not None else 0.0)
    known.active.set(service.engine.busy)
    open_now = await service.store.incidents(only_open=True, limit=10_000)
    known.approvals.set(sum(bool(one.question) for one in open_now))
    known.cost.set(await service.store.model_dollars(since=now - timedelta(days=1)))
    return Response(generate_latest(known.registry), media_type=CONTENT_TYPE_LATEST)
