"""Several incidents at once: the pool of workers, and what is removed in the end."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sre_agent import worker_pool
from sre_agent.domain.base import IncidentId
from sre_agent.progress import Event, Progress
from sre_agent.queue import Look
from sre_agent.retention import Retention
from sre_agent.settings import MemorySettings, ServiceSettings
from sre_agent.worker_pool import WorkerPool
from tests.http.conftest import NOON, Site

pytestmark = pytest.mark.anyio


class StepwiseWorker:
    """Takes from the site's queue; a run lasts until the test lets it end, or until it is drained."""

    def __init__(self, site: Site, let_go: asyncio.Event, starts: asyncio.Queue[str], stubborn: bool = False) -> None:
        self._site, self._let_go, self._begun, self._stubborn = site, let_go, starts, stubborn

    async def take(self) -> Look | None:
        return await self._site.queue.take(self._site.clock.now(), 60)

    async def handle(self, look: Look) -> None:
        self._begun.put_nowait(look.incident)
        await self._let_go.wait()
        entry = await self._site.store.next_message(look.incident)
        assert entry is not None
        await self._site.store.drop_message(entry.message.dedup)
        await self._site.queue.ack(look)

    def drain(self) -> None:
        if not self._stubborn:
            self._let_go.set()


async def test_as_many_incidents_as_workers_are_worked_on_at_once_and_the_rest_wait(site: Site) -> None:
    incident_ids = [await site.open(f"service number-{n} in shop is slow") for n in range(5)]
    let_go, starts = asyncio.Event(), asyncio.Queue[str]()
    workers: list[Any] = [StepwiseWorker(site, let_go, starts) for _ in range(3)]
    pool = WorkerPool(workers, drain_seconds=5)
    running = asyncio.create_task(pool.run())
    assert [await starts.get() for _ in range(3)] == incident_ids[:3]
    assert (pool.busy, starts.empty()) == (3, True)
    let_go.set()
    assert [await starts.get() for _ in range(2)] == incident_ids[3:]
    pool.drain()
    await asyncio.wait_for(running, 5)
    assert await site.store.messages() == []


async def test_a_run_that_does_not_end_in_time_is_broken_off_and_its_look_comes_again(site: Site) -> None:
    incident_id = await site.open()
    starts = asyncio.Queue[str]()
    workers: list[Any] = [StepwiseWorker(site, asyncio.Event(), starts, stubborn=True)]
    pool = WorkerPool(workers, drain_seconds=0.05)
    running = asyncio.create_task(pool.run())
    await starts.get()
    pool.drain()
    await asyncio.wait_for(running, 5)
    assert pool.busy == 0
    again = await site.queue.take(site.clock.now() + timedelta(seconds=61), 60)
    assert again is not None and again.incident == incident_id


class LockedOnce(StepwiseWorker):
    """Its first look at the queue meets a database that another process holds."""

    locked = True

    async def take(self) -> Look | None:
        if self.locked:
            self.locked = False
            raise sqlite3.OperationalError("database is locked")
        return await super().take()


async def test_a_queue_that_is_locked_for_a_while_is_looked_at_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_pool, "STORAGE_PAUSE", 0.01)
    incident_id = await site.open()
    let_go, starts = asyncio.Event(), asyncio.Queue[str]()
    workers: list[Any] = [LockedOnce(site, let_go, starts)]
    pool = WorkerPool(workers, drain_seconds=5)
    running = asyncio.create_task(pool.run())
    assert await asyncio.wait_for(starts.get(), 20) == incident_id
    let_go.set()
    pool.drain()
    await asyncio.wait_for(running, 5)


class NoCheckpoints:
    def __init__(self) -> None:
        self.deleted: list[str] = []

    async def adelete_thread(self, thread_id: str) -> None:
        self.deleted.append(thread_id)


async def test_what_ended_long_ago_is_removed_with_all_that_belongs_to_it(site: Site, tmp_path: Path) -> None:
    old, young, still_open = [
        IncidentId(await site.open(f"{name} in shop is slow")) for name in ("cart", "search", "checkout")
    ]
    for incident, days in ((old, 100), (young, 10)):
        epoch = await site.store.lease(incident, "a worker", NOON, 60)
        assert epoch is not None
        await site.store.update(incident, epoch, status="escalated", ended_at=NOON - timedelta(days=days))
    for incident in (old, young):
        site.store.record(Event(kind="node.started", incident=incident, at=NOON - timedelta(days=20), name=incident))
    for incident in (old, young):
        (tmp_path / f"{incident}.md").write_text("report")
    checkpoints = NoCheckpoints()
    assert len(await site.store.messages()) == 3
    keeping = Retention(
        ServiceSettings(), site.store, checkpoints, tmp_path, site.clock, MemorySettings(), Progress(site.clock)
    )
    assert await keeping.clean() == [old] == checkpoints.deleted
    assert {one.id for one in await site.store.incidents()} == {young, still_open}
    assert {one.message.incident for one in await site.store.messages()} == {young, still_open}
    assert await site.store.settings(old) is None and await site.store.settings(young) is not None
    names = {one.event.name for one in await site.store.events()}
    assert young in names and old not in names, "the record of an incident goes with it, and not before"
    assert not (tmp_path / f"{old}.md").exists() and (tmp_path / f"{young}.md").exists()
    assert await keeping.clean() == []
