"""Whether the process lives, whether it can work, and its figures. None of the three says anything about incidents."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from sre_agent.domain.degradation import Degradation, Limitation
from sre_agent.http.callers import Anybody, Viewer
from sre_agent.http.dependencies import Liveness, Ready
from sre_agent.http.metrics import ServiceMetrics
from sre_agent.http.scrape import update_metrics
from sre_agent.http.service import Service
from sre_agent.store.contract.messages import QueueDepth

router: Final = APIRouter(tags=["health"])
NOTHING_STORED: Final = Degradation.of(
    [Limitation(level="intake_only", why="The store does not respond; alarms are rejected.")]
)


@router.get("/health")
async def health() -> Liveness:
    """Liveness: the process responds."""
    return Liveness()


@router.get("/ready", responses={503: {"model": Ready, "description": "It takes alarms in, but works on none"}})
async def ready(request: Request, response: Response, caller: Anybody) -> Ready:
    """Readiness: whether incoming alarms are worked on, and the state of every dependency."""
    service: Service = request.app.state.service
    dependencies = await service.health.dependencies()
    storage_ok = all(one.state == "ok" for one in dependencies if one.kind == "storage")
    depth = await service.store.message_depth(service.clock.now()) if storage_ok else QueueDepth(0, 0, 0, 0, None)
    level = await service.health.degradation() if storage_ok else NOTHING_STORED
    works = level.level != "intake_only"
    response.status_code = 200 if works else 503
    return Ready(
        ready=works,
        level=level.level,
        limitations=[one if caller else one.model_copy(update={"why": ""}) for one in level.limitations],
        engine=service.engine.state,
        workers=service.engine.workers,
        busy=service.engine.busy,
        waiting=depth.due,
        dead_letters=depth.dead_letters,
        dependencies=[one if caller else one.model_copy(update={"why": ""}) for one in dependencies],
    )


@router.get("/metrics", response_class=Response)
async def metrics(request: Request, caller: Viewer) -> Response:
    """Metrics in the Prometheus text format."""
    service_metrics: ServiceMetrics = request.app.state.metrics
    await update_metrics(request.app.state.service, service_metrics)
    return Response(generate_latest(service_metrics.registry), media_type=CONTENT_TYPE_LATEST)
