"""Alarms as they come in: each is decided on, taken in durably, and answered with what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sre_agent.alarms.links import alarm_links
from sre_agent.alarms.queue_room import QueueRoom
from sre_agent.alarms.trigger_policy import TriggerPolicyFile
from sre_agent.clock import Clock
from sre_agent.domain.alarm import AlarmEntry, AlarmLinks, AlarmReceipt, shared_in_words
from sre_agent.domain.base import IncidentId
from sre_agent.domain.signal import Signal
from sre_agent.entities import EntityMap
from sre_agent.progress import Progress
from sre_agent.responder import UNTOLD, Responder
from sre_agent.settings import AlarmSettings
from sre_agent.store import Store


class AlarmIntake:
    def __init__(
        self,
        settings: AlarmSettings,
        *,
        store: Store,
        clock: Clock,
        progress: Progress,
        responder: Responder,
        entity_map: EntityMap,
        room: QueueRoom,
    ) -> None:
        """Raises SettingsError where the trigger policy cannot be read."""
        self._settings, self._store, self._clock = settings, store, clock
        self._progress, self._responder, self._entity_map = progress, responder, entity_map
        self._triggers = TriggerPolicyFile(settings.trigger_policy)
        self.room = room
        self._unwritten: list[tuple[Sequence[AlarmEntry], asyncio.Future[list[AlarmReceipt]]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def receive(self, signals: Sequence[Signal], source: str) -> list[AlarmReceipt]:
        """What became of each alarm, in their order. All that is not `no_room` is kept for good when this returns."""
        now = self._clock.now()
        opens = not await self.room.messages_over()
        entries = [self._entry(one, source, now, opens=opens) for one in signals]
        return await self._take(entries, now, now + timedelta(seconds=self._settings.gather_seconds))

    async def leave(self, incident: str, signals: Sequence[Signal]) -> list[AlarmReceipt]:
        """Alarms that an incident ends without explaining: each has one of its own, or one of its kin. It begins after
        a while, and is closed if the alarm resolves until then."""
        now = self._clock.now()
        entries = [self._entry(one, "incident", now, leaves=incident) for one in signals]
        return await self._take(entries, now, now + timedelta(seconds=self._settings.storm_settle_seconds))

    def links(self, signal: Signal) -> AlarmLinks:
        return alarm_links(signal, self._entity_map, self._responder.where(signal).place)

    def _entry(self, signal: Signal, source: str, now: datetime, *, opens: bool = True, leaves: str = "") -> AlarmEntry:
        new, own = self._responder.prepared(signal, now)
        is_decided = signal.state == "resolved" or bool(leaves)
        disposition, why = (None, "") if is_decided else self._triggers.policy.decide(signal, source, now)
        return AlarmEntry.model_construct(
            source=source,
            signal=signal,
            topic=new.fingerprint,
            links=self.links(signal),
            new=new,
            settings=own,
            disposition=disposition,
            why=why,
            opens=opens,
            leaves=leaves,
        )

    async def _take(self, entries: Sequence[AlarmEntry], now: datetime, begins: datetime) -> list[AlarmReceipt]:
        receipts = await self._write_batch(entries, now)
        joined: dict[str, list[AlarmReceipt]] = {}
        signals: dict[str, list[str]] = {}
        for entry, receipt in zip(entries, receipts, strict=True):
            await self._begin(entry, receipt, begins)
            if receipt.disposition in ("joined", "resolved"):
                joined.setdefault(receipt.incident, []).append(receipt)
                signals.setdefault(receipt.incident, []).append(entry.signal.id)
        for incident, some in joined.items():
            more = f" and {len(some) - 1} more" if len(some) > 1 else ""
            about: dict[str, Any] = {"state": some[0].state, "signals": signals[incident]}
            self._progress.say("incident.attached", incident, f"{some[0].title}{more}", **about)
        return [
            one.model_copy(update={"shared": shared_in_words(one.shared)}) if one.shared else one for one in receipts
        ]

    async def _begin(self, entry: AlarmEntry, receipt: AlarmReceipt, begins: datetime) -> None:
        """A process that dies before this leaves an incident that the next start begins."""
        incident, signal = IncidentId(receipt.incident), entry.signal
        if receipt.disposition == "opened":
            self._progress.say("incident.opened", incident, signal.title, signal=signal.model_dump(mode="json"))
            self.room.add(1)
            await self._responder.begin(incident, signal.id, signal.severity or UNTOLD, begins)
        elif receipt.raised is not None:
            await self._responder.begin(incident, f"raised to {receipt.raised}", receipt.raised, begins)
        elif receipt.disposition == "closed":
            self._progress.say("incident.ended", incident, "answered", reason="auto_resolved")

    async def _write_batch(self, entries: Sequence[AlarmEntry], now: datetime) -> list[AlarmReceipt]:
        """Deliveries that come while one is written are written together with the next: a storm costs few writes."""
        mine: asyncio.Future[list[AlarmReceipt]] = asyncio.get_running_loop().create_future()
        self._unwritten.append((entries, mine))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all(now), name="alarms")
        return await mine

    async def _write_all(self, now: datetime) -> None:
        while self._unwritten:
            batch, self._unwritten = self._unwritten, []
            try:
                receipts = iter(
                    await self._store.take_alarms([one for some, _ in batch for one in some], self._settings, now)
                )
            except Exception as problem:  # noqa: BLE001 - each sender is told that its alarm was not kept
                for _, done in batch:
                    if not done.done():
                        done.set_exception(problem)
                continue
            for some, done in batch:
                own = list(islice(receipts, len(some)))
                if not done.done():  # its sender went away, and will send it again
                    done.set_result(own)
