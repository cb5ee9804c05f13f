"""While a worker is at an incident, the lease and the look stay with it: both are renewed well before they run out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import structlog

from sre_agent import holders
from sre_agent.clock import Clock
from sre_agent.domain.base import IncidentId
from sre_agent.queue import Look, Queue
from sre_agent.store.contract.leases import LeaseStore
from sre_agent.store.contract.storage_errors import STORAGE_ERRORS

LOG = structlog.get_logger("sre_agent.lease")


async def take_lease(store: LeaseStore, incident: IncidentId, holder: str, now: datetime, seconds: float) -> int | None:
    """As `LeaseStore.lease`; where the one who holds it was a process of this machine that has ended, at once."""
    epoch = await store.lease(incident, holder, now, seconds)
    if epoch is not None:
        return epoch
    other = await store.lease_holder(incident)
    if not holders.is_dead(other) or not await store.release_from(incident, other):
        return None
    LOG.info("lease", incident_id=incident, action="release", status="holder_ended", holder=other)
    return await store.lease(incident, holder, now, seconds)


@asynccontextmanager
async def heartbeat(
    look: Look,
    epoch: int,
    *,
    store: LeaseStore,
    queue: Queue,
    clock: Clock,
    seconds: float,
    on_loss: Callable[[], None],
) -> AsyncIterator[None]:
    """Renews for `seconds` each time; calls `on_loss` once where a later writer holds the incident.

    It beats in wall time: a silent process is silent on the wall, whatever its clock says.
    """

    async def beat() -> None:
        incident = look.incident
        while True:
            await asyncio.sleep(seconds / 4)
            try:
                if not await store.renew(incident, epoch, clock.now(), seconds):
                    LOG.warning("lease lost", incident_id=incident, action="heartbeat", status="lost")
                    on_loss()
                    return
                await queue.extend(look, clock.now(), seconds)
            except STORAGE_ERRORS as problem:  # the next beat comes before either runs out
                LOG.warning("late", incident_id=incident, action="heartbeat", status="unavailable", error=str(problem))

    task = asyncio.create_task(beat(), name="heartbeat")
    try:
        yield
    finally:
        task.cancel()
