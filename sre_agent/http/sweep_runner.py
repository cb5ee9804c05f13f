"""Sweeps in the background: the request is answered at once, and what was found is in the store."""

from __future__ import annotations

import asyncio
import secrets
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from sre_agent.domain.sweep import Sweep, SweepOptions
from sre_agent.domain.sweep_run import SweepRun
from sre_agent.errors import SreAgentError
from sre_agent.holders import is_dead, new_holder
from sre_agent.http.service import Service
from sre_agent.sweep.grading import changes
from sre_agent.sweep.signals import SOURCE, incident_of, signals_of

LOG = structlog.get_logger("sre_agent.http")
UNEXPECTED: Final = "The sweep was interrupted. Start another one; if that fails too, see the service's log."
BROKEN_OFF: Final = "The process that ran it has ended. Ask for another sweep."
LONGEST: Final = timedelta(hours=1)  # that a sweep can take; one that is older and runs was on a machine that is gone
OPEN_INCIDENTS: Final = 1000  # that are compared with what a sweep found


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

    async def start(self, namespace: str, *, hygiene: bool, summary: bool, by: str, cluster: str = "") -> SweepRun:
        """The sweep as it begins; the one before of the same place is what it is compared with."""
        run = self._new(namespace, cluster=cluster, hygiene=hygiene, by=by)
        await self._service.store.keep_sweep_run(run)
        task = asyncio.create_task(self._run(run, summary), name=run.id)
        self._running.add(task)
        task.add_done_callback(self._on_end)
        return run

    async def take(
        self, namespace: str, *, hygiene: bool, cluster: str, schedule: str, missed_runs: int = 0
    ) -> SweepRun:
        """A sweep of a schedule, at its end."""
        run = self._new(namespace, cluster=cluster, hygiene=hygiene, by="schedule")
        run = run.model_copy(update={"schedule": schedule, "missed_runs": missed_runs})
        await self._service.store.keep_sweep_run(run)
        await self._run(run, summary=False)
        return await self._service.store.sweep_run(run.id) or run

    def _new(self, namespace: str, *, cluster: str, hygiene: bool, by: str) -> SweepRun:
        now = self._service.clock.now()
        return SweepRun(
            id=f"sweep-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
            namespace=namespace,
            cluster=cluster,
            hygiene=hygiene,
            by=by,
            started_at=now,
            holder=new_holder(),
        )

    async def _run(self, run: SweepRun, summary: bool) -> None:
        service = self._service
        update: dict[str, Any] = {"state": "failed", "why": UNEXPECTED}
        try:
            before = await self._before(run)
            options = SweepOptions(
                namespace=run.namespace, cluster=run.cluster, hygiene=run.hygiene, summary=summary, before=before
            )
            sweep = await service.engine.sweep(options)
            sweep = await self._with_incidents(sweep.model_copy(update={"id": run.id}))
            await service.store.keep_namespace_grades(changes(sweep, before))
            update = {"state": "done", "why": "", "sweep": sweep}
        except SreAgentError as problem:
            update = {"state": "failed", "why": str(problem)}
        finally:
            await service.store.keep_sweep_run(run.model_copy(update={**update, "ended_at": service.clock.now()}))

    async def _before(self, run: SweepRun) -> Sweep | None:
        runs = await self._service.store.sweep_runs(namespace=run.namespace, done=True)
        return next((one.sweep for one in runs if one.cluster == run.cluster), None)

    async def _with_incidents(self, sweep: Sweep) -> Sweep:
        """With the incidents that are about its troubles: those that are open already, and where the settings want it
        new ones. They come in like alarms, under the same trigger policy, and together where they belong together."""
        service = self._service
        open_incidents = await service.store.incidents(only_open=True, limit=OPEN_INCIDENTS)
        incidents = {one.key: one.incident or incident_of(one, open_incidents) for one in sweep.troubles}
        sweep = _about(sweep, incidents)
        if (least := service.sweeps.sweep_opens) and (signals := signals_of(sweep, least, service.clock.now())):
            receipts = await service.alarms.receive(list(signals.values()), SOURCE)
            incidents |= {key: one.incident for key, one in zip(signals, receipts, strict=True)}
        return _about(sweep, incidents)

    def _on_end(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            LOG.error("sweep", action=task.get_name(), status="failed", exc_info=problem)


def _about(sweep: Sweep, incidents: dict[str, str]) -> Sweep:
    troubles = [one.model_copy(update={"incident": incidents[one.key]}) for one in sweep.troubles]
    return sweep.model_copy(update={"troubles": troubles})
