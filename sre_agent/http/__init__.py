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
    incident_records,
    incidents,
    policy,
    problems,
    queue,
    sessions,
    sweeps,
    webhooks,
)
from sre_agent.http.guarding import Guard
from sre_agent.http.metrics import ServiceMetrics
from sre_agent.http.runtime_sessions import RuntimeSessions
from sre_agent.http.service import Service
from sre_agent.http.sweep_runner import SweepRunner

ROUTERS: Final = (
    incidents.router,
    incident_records.router,
    following.router,
    webhooks.router,
    sessions.router,
    sweeps.router,
    queue.router,
    costs.router,
    policy.router,
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
    app.state.sweeps = SweepRunner(service)
    limit = service.agent_runtime.runtime_session_dollars
    app.state.runtime_sessions = RuntimeSessions(service.store, service.clock, limit, service.stop)
    app.state.source_rates = {}
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(Guard, settings=service.settings, metrics=metrics)
    return app
