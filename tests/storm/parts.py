"""What a process of a storm works with: store, queue and responder of given settings, and nothing that looks into a
cluster."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module

from sre_agent.clock import SystemClock
from sre_agent.domain.incident import Incident
from sre_agent.domain.message import Message
from sre_agent.domain.signal import Signal
from sre_agent.outbox import Outbox
from sre_agent.progress import Progress
from sre_agent.queue import Queue
from sre_agent.responder import Responder
from sre_agent.settings import Settings
from sre_agent.store import Store

POISON = "poison"  # the beginning of the title of an incident that breaks every run
AT_ONCE = 16  # signals on their way at the same time
FOLLOWED, FOLLOWERS = 10, 2  # one in so many incidents has so many more messages
FOLLOWER = "follower:"  # the beginning of their dedup, which ends in their place


@dataclass(frozen=True)
class StormParts:
    settings: Settings
    clock: SystemClock
    progress: Progress
    store: Store
    queue: Queue
    outbox: Outbox
    responder: Responder

    async def send(self, count: int, poison: int = 0) -> list[Incident]:
        """As many signals, each of which opens an incident; so many of them are poison. Every tenth of the others is
        sent more messages at once, which have to be worked off in their order."""
        room = asyncio.Semaphore(AT_ONCE)

        async def submit(number: int) -> Incident:
            name = f"{POISON if number < poison else 'storm'}-{number}"
            now = self.clock.now()
            signal = Signal(id=name, source="webhook", title=name, received_at=now, fingerprint=name)
            async with room:
                incident = (await self.responder.submit(signal))[0]
                if number >= poison and number % FOLLOWED == 0:
                    for place in range(FOLLOWERS):
                        await self.outbox.send(_follower(incident, place, now))
            return incident

        return list(await asyncio.gather(*(submit(number) for number in range(count))))


def _follower(incident: Incident, place: int, now: datetime) -> Message:
    dedup = f"{FOLLOWER}{incident.id}:{place}"
    return Message(kind="wake_up", incident=incident.id, dedup=dedup, not_before=now + timedelta(milliseconds=place))


@asynccontextmanager
async def storm_parts(settings: Settings) -> AsyncIterator[StormParts]:
    access = settings.state_access
    store: Store = import_module(f"sre_agent.store.{access.store}").from_settings(access)
    queue: Queue = import_module(f"sre_agent.queue.{access.queue}").from_settings(access)
    clock = SystemClock()
    progress, outbox = Progress(clock), Outbox(store, queue, clock)
    progress.listen(store.record)
    responder = Responder(store=store, outbox=outbox, clock=clock, progress=progress, settings=lambda signal: settings)
    try:
        yield StormParts(settings, clock, progress, store, queue, outbox, responder)
    finally:
        await queue.close()
        await store.close()
