"""The app: every address with what stands before it, described as OpenAPI 3.1 at /openapi.json."""

from __future__ import annotations

from dataclasses import replace
from importlib import metadata
from itertools import chain
from typing import Final

from fastapi import FastAPI

from sre_agent.http import (
    agentcore,
    costs,
    error_handlers,
    following,
    grades,
    health,
    incident_records,
    incidents,
    memory,
    policy,
    queue,
    sessions,
    sweeps,
    webhooks,
)
from sre_agent.http.counting import CountingEngine
from sre_agent.http.description import DescribedApp
from sre_agent.http.guarding import Guard
from sre_agent.http.metrics import ServiceMetrics
from sre_agent.http.ping import PingState
from sre_agent.http.runtime_sessions import RuntimeSessions
from sre_agent.http.service import Service
from sre_agent.http.sweep_runner import SweepRunner

ROUTERS: Final = (
    incidents.router,
    incident_records.router,
    grades.router,
    memory.router,
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
ROUTES: Final = tuple(chain.from_iterable(router.routes for router in ROUTERS))  # `include_router` would make all anew


def create_app(service: Service, metrics: ServiceMetrics, ping: PingState | None = None) -> FastAPI:
    """The ASGI app; the caller runs it. `ping` is what was told while it started."""
    app = DescribedApp(
        title="sre-agent",
        version=metadata.version("sre-agent"),
        summary="An incident responder that decides by evidence and acts only through signed permits.",
        docs_url=None,
        redoc_url=None,
        routes=[*ROUTES],
    )
    service = replace(service, engine=CountingEngine(service.engine, metrics))
    app.state.service, app.state.metrics = service, metrics
    app.state.ping = ping or PingState(service.clock.now().timestamp())
    app.state.sweeps = SweepRunner(service)
    limit = service.agent_runtime.runtime_session_dollars
    app.state.runtime_sessions = RuntimeSessions(service.store, service.clock, limit, service.stop)
    app.state.source_rates = {}
    error_handlers.install(app)
    app.add_middleware(Guard, settings=service.settings, metrics=metrics)
    return app
