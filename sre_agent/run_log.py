"""A log line at the start and one at the end of each run, which tells what the run took and how it came out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from sre_agent.clock import Clock
from sre_agent.domain.incident import Incident
from sre_agent.domain.message import Message
from sre_agent.store import Store
from sre_agent.store.contract.storage_errors import STORAGE_ERRORS

LOG = structlog.get_logger("sre_agent.run")


@asynccontextmanager
async def logged_run(incident: Incident, message: Message, store: Store, clock: Clock) -> AsyncIterator[None]:
    """Both lines carry the ids of the incident and its trace; what is logged between carries the incident's too."""
    with structlog.contextvars.bound_contextvars(incident_id=incident.id):
        began, started = clock.now(), time.perf_counter()
        LOG.info("run", action="start", status=incident.status, trigger=message.kind, trace_id=incident.trace_id)
        failure = ""
        try:
            yield
        except (Exception, asyncio.CancelledError) as problem:
            failure = type(problem).__name__
            raise
        finally:
            try:
                calls = [item for item in await store.ledger(incident.id) if item.asked_at >= began]
                model_calls = [call for call in await store.model_calls(incident=incident.id) if call.at >= began]
                now = await store.incident(incident.id) or incident
                LOG.info(
                    "run",
                    action="end",
                    status=failure or now.status,
                    reason=now.reason,
                    trigger=message.kind,
                    waits_for="approval" if now.open and now.question else "",
                    trace_id=incident.trace_id,
                    duration_ms=round((time.perf_counter() - started) * 1000),
                    calls=sum(item.calls for item in calls),
                    gaps=sum(item.answer is None for item in calls),
                    model_calls=len(model_calls),
                    input_tokens=sum(
                        one.input_tokens + one.cache_read_tokens + one.cache_write_tokens for one in model_calls
                    ),
                    output_tokens=sum(one.output_tokens for one in model_calls),
                    dollars=round(sum(one.dollars for one in model_calls), 6),
                )
            except STORAGE_ERRORS as problem:
                LOG.warning("run", action="end", status="unknown", trigger=message.kind, error=str(problem))
