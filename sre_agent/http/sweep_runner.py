"""Sweeps in the background: the request is answered at once, and what was found is in the store."""

from __future__ import annotations

import asyncio
import secrets
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from sre_agent.domain.sweep_run import SweepRun
from sre_agent.errors import SreAgentError
from sre_agent.holders import is_dead, new_holder
from sre_agent.http.service import Service

LOG = structlog.get_logger("sre_agent.http")
UNEXPECTED: Final = "The sweep was interrupted. Start another one; if that fails too, see the service's log."
BROKEN_OFF: Final = "The process that ran it has ended. Ask for another sweep."
LONGEST: Final = timedelta(hours=1)  # that a sweep can take; one that is older and runs was on a machine that is gone


def as_it_stands(run: SweepRun, now: datetime) -> SweepRun:
    """The run as people are to be told of it: one whose process ended without an end has failed."""
    if run.state == "running" and (is_dead(run.holder) or now - run.started_at > LONGEST):
        return run.model_copy(update={"state": "failed", "why": BROKEN_OFF})
    return run


class SweepRunner:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._running: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> int:
        return len(self._running)

    async def start(self, namespace: str, *, hygiene: bool, summary: bool, by: str) -> SweepRun:
        """The sweep as it begins; the one before of the same namespace is what it is compared with."""
        now = self._service.clock.now()
        run = SweepRun(
            id=f"sweep-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
            namespace=namespace,
            hygiene=hygiene,
            by=by,
            started_at=now,
            holder=new_holder(),
        )
        await self._service.store.keep_sweep_run(run)
        task = asyncio.create_task(self._run(run, summary), name=run.id)
        self._running.add(task)
        task.add_done_callback(self._on_end)
        return run

    async def _run(self, run: SweepRun, summary: bool) -> None:
        service = self._service
        update: dict[str, Any] = {"state": "failed", "why": UNEXPECTED}
        try:
            before = await service.store.sweep_runs(namespace=run.namespace, done=True, limit=1)
            sweep = await service.engine.sweep(
                run.namespace, hygiene=run.hygiene, before=before[0].sweep if before else None, summary=summary
            )
            update = {"state": "done", "why": "", "sweep": sweep.model_copy(update={"id": run.id})}
        except SreAgentError as problem:
            update = {"state": "failed", "why": str(problem)}
        finally:
            await service.store.keep_sweep_run(run.model_copy(update={**update, "ended_at": service.clock.now()}))

    def _on_end(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            LOG.error("sweep", action=task.get_name(), status="failed", exc_info=problem)
