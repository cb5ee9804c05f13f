"""Several incidents at once in one process: one hand on the queue for all workers, each look to a free one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from sre_agent.store.contract.storage_errors import STORAGE_ERRORS
from sre_agent.worker import Worker

LOG = structlog.get_logger("sre_agent.worker_pool")
POLL_SECONDS: Final = 0.25  # before an empty queue is asked again
STORAGE_PAUSE: Final = 2.0  # seconds after storage could not be reached


class WorkerPool:
    """As many incidents at once as there are workers. `run` ends after `drain`. While `may_begin` says no, messages
    wait: what cannot be looked into now is not ended for that."""

    def __init__(
        self, workers: Sequence[Worker], *, drain_seconds: float, may_begin: Callable[[], bool] = lambda: True
    ) -> None:
        self._workers, self._may_begin = list(workers), may_begin
        self._drain_seconds = drain_seconds
        self._draining = asyncio.Event()
        self._busy: dict[asyncio.Task[None], Worker] = {}

    @property
    def size(self) -> int:
        return len(self._workers)

    @property
    def busy(self) -> int:
        """How many incidents are worked on now."""
        return len(self._busy)

    def drain(self) -> None:
        """Take no more messages; each run ends after the step under way and stays on the queue."""
        self._draining.set()
        for worker in self._workers:
            worker.drain()

    async def run(self) -> None:
        while not self._draining.is_set():
            try:
                started = await self._start_one()
            except STORAGE_ERRORS as problem:
                LOG.warning("storage", action="take", status="unavailable", error=str(problem))
                await self._pause(STORAGE_PAUSE)
                continue
            if not started:
                await self._pause(POLL_SECONDS)
        await self._finish()

    async def _start_one(self) -> bool:
        """Whether a look was due and a worker free for it."""
        if not self._may_begin():
            return False
        free = [worker for worker in self._workers if worker not in self._busy.values()]
        look = await free[0].take() if free else None
        if look is None:
            return False
        task = asyncio.create_task(free[0].handle(look), name=f"incident {look.incident}")
        self._busy[task] = free[0]
        task.add_done_callback(self._on_done)
        return True

    def _on_done(self, task: asyncio.Task[None]) -> None:
        del self._busy[task]
        problem = None if task.cancelled() else task.exception()
        if isinstance(problem, STORAGE_ERRORS):  # its look comes again when its time is up
            LOG.warning("storage", action=task.get_name(), status="unavailable", error=str(problem))
        elif problem is not None:
            LOG.error("worker", action="handle", status="failed", exc_info=problem)

    async def _pause(self, seconds: float) -> None:
        """Until that time is over, a worker becomes free, or the pool is drained."""
        draining = asyncio.ensure_future(self._draining.wait())
        try:
            await asyncio.wait({draining, *self._busy}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            draining.cancel()

    async def _finish(self) -> None:
        """A run that does not end in time is broken off: its look comes again when its lease is over."""
        if not self._busy:
            return
        _, late = await asyncio.wait(set(self._busy), timeout=self._drain_seconds)
        for task in late:
            LOG.warning("worker", action="drain", status="broken off", incident_id=task.get_name())
            task.cancel()
        if late:
            await asyncio.wait(late)
