"""The way from a message to a worker: it is stored first, then the queue is asked for a look at its incident.

A process may die between the two, an engine may lose a look or a wake-up: the relay finds what is due in the store and
asks again. So nothing is lost that was stored, and a look too many costs one read.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from sre_agent.clock import Clock
from sre_agent.domain.base import IncidentId
from sre_agent.domain.message import Message
from sre_agent.queue import Queue
from sre_agent.store.contract.messages import MessageStore
from sre_agent.store.contract.storage_errors import STORAGE_ERRORS

LOG = structlog.get_logger("sre_agent.outbox")
RELAY_SECONDS: Final = 30.0  # between two rounds of the relay
LATE: Final = timedelta(seconds=60)  # a look that nobody has taken by then may be lost
RELAYED: Final = 100  # incidents of one round, the oldest first
AGAIN: Final = timedelta(minutes=5)  # between two looks that the relay asks for at one incident


class Outbox:
    """Used by everything that moves an incident. `store` keeps the messages, `queue` carries the looks."""

    def __init__(self, store: MessageStore, queue: Queue, clock: Clock) -> None:
        self._store, self._queue, self._clock = store, queue, clock

    async def send(self, message: Message) -> bool:
        """False when a message with this `dedup` has been accepted before; if it still waits it is on its way anew."""
        is_new = await self._store.add_message(message)
        if is_new or await self._store.message(message.dedup) is not None:
            await self._ask_for(message, message.not_before, message.dedup)
        return is_new

    async def redrive(self, dedup: str) -> bool:
        """Deliver a dead letter again, with all its tries; False where there is no such dead letter."""
        now = self._clock.now()
        if not await self._store.redrive_message(dedup, now):
            return False
        entry = await self._store.message(dedup)
        if entry is not None:
            await self._ask_for(entry.message, now, dedup)
        return True

    async def revive(self, incident: IncidentId) -> None:
        """Go on at once with what a process that died had in its hands."""
        now = self._clock.now()
        await self._queue.revive(incident, now)
        if await self._store.revive_messages(incident, now):
            await self.wake(incident)

    async def wake(self, incident: IncidentId) -> None:
        """See that a look stands for the message of the incident that is due first, where there is one."""
        entry = await self._store.next_message(incident)
        if entry is not None:
            await self._ask_for(entry.message, entry.due, entry.message.dedup)

    async def relay(self, due_before: datetime) -> int:
        """Ask for looks at incidents with messages that were due before then and are not done; how many incidents.

        Of a long backlog only the oldest: most of it waits for a worker, and no look at it is lost. What several
        processes ask for in one round is the same look."""
        overdue = await self._store.overdue_messages(due_before, limit=RELAYED)
        seconds = AGAIN.total_seconds()
        begin = datetime.fromtimestamp(self._clock.now().timestamp() // seconds * seconds, UTC)
        for entry in overdue:
            await self._ask_for(entry.message, begin, f"relay:{begin.isoformat()}:{entry.message.dedup}")
        return len(overdue)

    async def run(self) -> None:
        """Relay for as long as the process works."""
        while True:
            try:
                if count := await self.relay(self._clock.now() - LATE):
                    LOG.info("relay", action="relay", status="done", incidents=count)
            except STORAGE_ERRORS as problem:
                LOG.warning("relay", action="relay", status="unavailable", error=str(problem))
            await asyncio.sleep(RELAY_SECONDS)

    async def _ask_for(self, message: Message, at: datetime, cause: str) -> None:
        """An engine that is busy, away or closed to us delays what is stored, and loses nothing."""
        try:
            await self._queue.ask_for(message.incident, at, ahead_seconds=message.ahead_seconds, cause=cause)
        except STORAGE_ERRORS as problem:
            LOG.warning(
                "queue", incident_id=message.incident, action="ask_for", status="unavailable", error=str(problem)
            )
