"""The responder over HTTP: what people, programs and monitors ask of it, described as OpenAPI 3.1 at /openapi.json."""

from __future__ import annotations

from importlib import metadata
from typing import Final

from fastapi import FastAPI

from sre_agent.http import (
    agentcore,
    costs,
    following,
    health,
    incidents,
    problems,
    queue,
    sessions,
    sweeps,
    webhooks,
)
from sre_agent.http.guarding import Guard
from sre_agent.http.metrics import ServiceMetrics
from sre_agent.http.service import Service

ROUTERS: Final = (
    incidents.router,
    following.router,
    webhooks.router,
    sessions.router,
    sweeps.router,
    queue.router,
    costs.router,
    agentcore.router,
    health.router,
)


def create_app(service: Service, metrics: ServiceMetrics) -> FastAPI:
    """The ASGI app; the caller runs it."""
    app = FastAPI(
        title="sre-agent",
        version=metadata.version("sre-agent"),
        summary="An incident responder that decides by evidence and acts only through signed permits.",
        docs_url=None,
        redoc_url=None,
        responses=problems.RESPONSES,
    )
    app.state.service, app.state.metrics = service, metrics
    app.state.ping = agentcore.PingState(service.clock.now().timestamp())
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(Guard, settings=service.settings, metrics=metrics)
    return app
