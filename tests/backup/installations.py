"""Installations with something in them, on either set of engines, and what has to be the same in two of them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from sre_agent import logs
from sre_agent.aws_services.clients import AwsServices
from sre_agent.backup.installation import Installation
from sre_agent.backup.manifest import BackupManifest
from sre_agent.backup.opening import open_place
from sre_agent.backup.restoring import Restore
from sre_agent.backup.sealing import Sealing
from sre_agent.backup.taking_over import TakeOver, take_over
from sre_agent.backup.writing import make_backup
from sre_agent.clock import SystemClock
from sre_agent.domain.base import EvidenceId, IncidentId
from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident
from sre_agent.domain.message import Message
from sre_agent.domain.past_incident import PastIncident
from sre_agent.domain.signal import Signal
from sre_agent.outbox import Outbox
from sre_agent.progress import Event, Progress
from sre_agent.queue.sqlite import from_settings as open_queue
from sre_agent.record.checking import RecordCheck, check
from sre_agent.responder import Responder
from sre_agent.settings import ConfigurationCopy, Settings, StateAccess
from sre_agent.slots import open_store
from sre_agent.store import Store
from tests.slots import moto

BEGIN: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOLDER: Final = "pid:1:dead00@another-machine"
SEALING: Final = Sealing(passphrase="a passphrase for this test")


@cache
def services(endpoint: str = "") -> AwsServices:
    return AwsServices(moto.state_of_its_own(Path("unused")))


def empty(technology: str, folder: Path) -> StateAccess:
    """Settings of an installation in which nothing was ever kept."""
    if technology == "sqlite":
        return Settings(state_dir=folder).state_access
    own = moto.state_of_its_own(folder, store="dynamodb", checkpoint="dynamodb", used_permits="dynamodb")
    return moto.make_slots(own, "store", "checkpoint", "used_permits", bucket=True)


def installation(access: StateAccess, **settings: Any) -> Installation:
    copy = ConfigurationCopy.of(Settings(**settings))
    return Installation(access, copy, services(), SystemClock())


def back_up(access: StateAccess, place: str | Path, **settings: Any) -> BackupManifest:
    there = open_place(str(place), services(), access)
    return make_backup(installation(access, **settings), there, SEALING, with_keys=True, tell=lambda part: None)


def bring_back(access: StateAccess, place: str | Path, name: str, sealing: Sealing = SEALING) -> None:
    there = open_place(str(place), services(), access)
    Restore(installation(access), there, name, sealing).run(lambda part: None)


@asynccontextmanager
async def store_of(access: StateAccess) -> AsyncIterator[Store]:
    with logs.write_to(Path(os.devnull)):  # what an earlier test logged to is closed
        store = open_store(access)
        try:
            yield store
        finally:
            await store.close()


async def go_on(access: StateAccess, store: Store) -> TakeOver:
    """What `restore` does when everything is back."""
    queue, clock = open_queue(access), SystemClock()
    outbox = Outbox(store, queue, clock)
    responder = Responder(
        store=store, outbox=outbox, clock=clock, progress=Progress(clock), settings=lambda incident: Settings()
    )
    try:
        return await take_over(store, outbox, responder)
    finally:
        await queue.close()


async def fill(store: Store, incidents: int, *, first: int = 0, open_each: int = 10) -> None:
    """One in `open_each` stays open, a worker at it and a message in its hands; each has evidence and its record."""
    for number in range(first, first + incidents):
        id_, at = IncidentId(f"inc-{number:05d}"), BEGIN + timedelta(seconds=number)
        signal = Signal(
            id=f"s-{number}", source="webhook", title="it is slow", received_at=at, fingerprint=f"workload-{number}"
        )
        new = Incident(
            id=id_, fingerprint=signal.fingerprint, title=signal.title, severity="SEV2", opened_at=at, signals=[signal]
        )
        await store.attach_or_create(signal, new, '{"settings": {}, "withheld": []}')
        digest = await store.keep_evidence(evidence(number, id_, at))
        for step in range(4):
            data = {"evidence": f"e-{number}", "digest": digest} if step == 0 else {}
            kind = "call.ended" if step == 0 else "node.ended"
            store.record(Event(kind=kind, incident=id_, at=at, name=f"{step}", data=data))
        epoch = await store.lease(id_, HOLDER, datetime.now(UTC), 3600)
        assert epoch is not None
        await store.add_message(Message(kind="signal", incident=id_, dedup=f"signal:{id_}", not_before=at))
        delivery = await store.take_message(id_, epoch, datetime.now(UTC), 3600)
        if number % open_each:
            assert delivery is not None
            await store.finish_message(delivery)
            await store.update(id_, epoch, status="escalated", reason="inconclusive", ended_at=at)
            store.record(Event(kind="incident.ended", incident=id_, at=at, name="escalated"))
            await store.keep_past_incident(past_incident(id_, at))
        if number % 100 == 0:
            await store.recorded()
    await store.recorded()


def past_incident(incident: IncidentId, at: datetime) -> PastIncident:
    return PastIncident(
        incident=incident, place="eu", namespace="shop", alarm="slow", title="it is slow", opened_at=at, ended_at=at,
        status="escalated", reason="inconclusive", verdict="inconclusive",
    )  # fmt: skip


def evidence(number: int, incident: IncidentId, at: datetime) -> Evidence:
    call: dict[str, Any] = {"round": 1, "agent": "logs", "server": "kubernetes", "tool": "kubectl_logs"}
    return Evidence(id=EvidenceId(f"e-{number}"), incident=incident, arguments={"n": number}, asked_at=at, **call)


@dataclass(frozen=True)
class Content:
    """What two installations have to have in common. Leases and messages in hands are none of it."""

    incidents: dict[str, tuple[Any, ...]]
    record: list[str]
    past: list[PastIncident]  # as they are recalled by their namespace, their alarm and words


async def content(store: Store) -> Content:
    there: dict[str, tuple[Any, ...]] = {}
    before = ""
    while page := await store.incidents(limit=500, before=before):
        for one in page:
            ledger = await store.ledger(one.id)
            there[one.id] = (one.status, one.title, await store.settings(one.id), [item.id for item in ledger])
        before = page[-1].id
    record: list[str] = []
    while entries := await store.entries(after=len(record), limit=1000):
        record += [one.digest for one in entries]
    past = await store.past_incidents(place="eu", namespace="shop")
    past += await store.past_incidents_of_alarm("slow", place="eu", limit=500)
    past += await store.past_incidents_like("slow", place="eu", namespace="shop", limit=500)
    return Content(there, record, past)


async def check_record(store: Store) -> RecordCheck:
    return await check(store, await store.record_keys(), await store.heads_apart())
