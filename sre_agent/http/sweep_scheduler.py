"""Sweeps that the service takes by itself. Of several processes one takes a run, and no two runs overlap."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from typing import Final

import structlog

from sre_agent.domain.base import IncidentId
from sre_agent.domain.sweep_run import SweepRun
from sre_agent.errors import SreAgentError
from sre_agent.holders import is_dead, new_holder
from sre_agent.http.service import Service
from sre_agent.http.sweep_runner import LONGEST, SweepRunner
from sre_agent.settings import SweepSchedule
from sre_agent.store.contract.storage_errors import STORAGE_ERRORS
from sre_agent.sweep.schedule import GRACE, due

LOG = structlog.get_logger("sre_agent.http")
LOOK_SECONDS: Final = 15.0  # between two looks at the schedules
RUNNING: Final = "running "  # before the holder that is at a sweep of a schedule
RECENT: Final = 200  # runs among which the last one of a schedule is looked for


class SweepScheduler:
    def __init__(self, service: Service, runner: SweepRunner) -> None:
        self._service, self._runner = service, runner
        self._holder = new_holder()
        self._since = service.clock.now()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> list[SweepRun]:
        """The runs that were due and that nobody else took, at their end."""
        runs: list[SweepRun] = []
        for name, schedule in self._service.sweeps.sweep_schedules.items():
            try:
                runs += await self._look(name, schedule)
            except (SreAgentError, *STORAGE_ERRORS) as problem:  # the next look is soon
                LOG.warning("sweep", action=name, status="failed", error=str(problem))
        return runs

    async def _look(self, name: str, schedule: SweepSchedule) -> list[SweepRun]:
        now = self._service.clock.now()
        since, is_known = await self._last(name)
        due_sweep = due(schedule, since, now, name)
        missed_runs = due_sweep.missed if is_known else 0
        if due_sweep.at is None or not await self._claim(name, due_sweep.at, now):
            return []
        try:
            if missed_runs:
                LOG.warning("sweep", action=name, status="missed", count=missed_runs)
            return [
                await self._runner.take(
                    schedule.namespace,
                    hygiene=schedule.hygiene,
                    cluster=cluster,
                    schedule=name,
                    missed_runs=missed_runs,
                )
                for cluster in schedule.clusters or ("",)
            ]
        finally:
            await self._service.store.release_claims(self._running)

    @property
    def _running(self) -> IncidentId:
        return IncidentId(f"{RUNNING}{self._holder}")

    async def _last(self, name: str) -> tuple[datetime, bool]:
        """When this schedule's last run began, and whether there was one; else since when this process is there."""
        runs = await self._service.store.sweep_runs(limit=RECENT)
        return next(((run.started_at, True) for run in runs if run.schedule == name), (self._since, False))

    async def _claim(self, name: str, at: datetime, now: datetime) -> bool:
        """Whether the run for this time is ours, and no other one of the schedule is under way."""
        store = self._service.store
        taker = IncidentId(f"{self._holder} {at.isoformat()}")
        kept_seconds = 2 * (GRACE + LONGEST).total_seconds()
        if await store.claim(f"sweep {name} at {at.isoformat()}", taker, now, kept_seconds) != taker:
            return False
        claim = partial(store.claim, f"sweep {name}", self._running, now, LONGEST.total_seconds())
        holder = await claim()
        if is_dead(holder.removeprefix(RUNNING)):  # it was killed in a sweep: nobody else releases what it claimed
            await store.release_claims(holder)
            holder = await claim()
        return holder == self._running
