"""Several processes at one store at the same moment; one body over every store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sre_agent.domain.action import ApprovalDecision
from sre_agent.domain.alarm import AlarmEntry, AlarmLinks, AlarmReceipt
from sre_agent.domain.base import IncidentId
from sre_agent.domain.signal import Signal
from sre_agent.progress import Event
from sre_agent.record.checking import check
from sre_agent.settings import AlarmSettings
from sre_agent.store import Store
from tests.slots.conftest import open_slot, place_of
from tests.slots.test_store import NOON, A, incident, model_call, signal

pytestmark = pytest.mark.anyio
SETTINGS = AlarmSettings(storm_alarms=3)


@pytest.fixture(params=["sqlite", "dynamodb"])
async def stores(request: Any, tmp_path: Path) -> AsyncIterator[list[Store]]:
    place = place_of(request.param, tmp_path)
    several: list[Store] = [open_slot(request.param, place) for _ in range(4)]
    yield several
    for one in several:
        await one.close()


async def test_of_all_who_want_it_one_has_the_lease_one_decides_and_one_opens_the_incident(stores: list[Store]) -> None:
    attempts = [
        store.attach_or_create(signal(f"s{n}"), incident(f"inc-{n}", signal(f"s{n}"))) for n, store in enumerate(stores)
    ]
    results = await asyncio.gather(*attempts)
    assert [created for _, created in results].count(True) == 1
    (id_,) = {one.id for one, _ in results}
    stored_incident = await stores[0].incident(id_)
    assert stored_incident is not None and sorted(one.id for one in stored_incident.signals) == ["s0", "s1", "s2", "s3"]
    epochs = await asyncio.gather(*(store.lease(id_, f"w{n}", NOON, 60) for n, store in enumerate(stores)))
    assert sorted(map(str, epochs)) == ["1", "None", "None", "None"]
    decision = ApprovalDecision(incident=id_, question="q", action_digest="d", choice="approve", by="ada", at=NOON)
    assert sorted(await asyncio.gather(*(store.decide(decision) for store in stores))) == [False, False, False, True]


async def test_signals_and_the_writer_change_an_incident_at_once_and_nothing_is_lost(stores: list[Store]) -> None:
    await stores[0].attach_or_create(signal(), incident())
    epoch = await stores[0].lease(A, "w", NOON, 60)
    assert epoch is not None
    more = [signal(f"more-{n}") for n in range(3)]
    await asyncio.gather(
        stores[0].update(A, epoch, status="diagnosed"),
        *(store.attach_or_create(one, incident(first=one)) for store, one in zip(stores[1:], more, strict=True)),
    )
    stored_incident = await stores[0].incident(A)
    assert stored_incident is not None and (stored_incident.status, len(stored_incident.signals)) == ("diagnosed", 4)


async def test_the_record_is_one_chain_whoever_appends_to_it(stores: list[Store]) -> None:
    for n in range(6):
        for place, store in enumerate(stores):
            store.record(Event(kind="node.started", incident=f"inc-{place}", at=NOON, name=str(n)))
        await asyncio.gather(*(store.recorded() for store in stores))
    entries = await stores[0].entries()
    assert [one.seq for one in entries] == list(range(1, 25))
    for place in range(4):
        assert [one.event.name for one in await stores[3].events(f"inc-{place}")] == [str(n) for n in range(6)]
    assert await stores[1].sign_head() is not None
    outcome = await check(stores[2], await stores[2].record_keys(), await stores[2].heads_apart())
    assert (outcome.faults, outcome.entries, outcome.heads) == ([], 24, outcome.heads)


async def test_a_call_that_two_settle_at_once_is_paid_once(stores: list[Store]) -> None:
    calls = [model_call(f"c{n}", dollars=0.25) for n in range(20)]
    await stores[0].hold_model_calls([call.model_copy(update={"dollars": 1.0}) for call in calls])
    assert await stores[1].model_dollars() == 20.0
    ids = [call.id for call in calls]
    await asyncio.gather(*(store.settle_model_calls(ids, calls) for store in stores))
    sums = await stores[2].model_dollars(), await stores[2].model_dollars(incident=A, since=NOON)
    assert (*sums, await stores[2].held_model_dollars()) == (5.0, 5.0, 0.0)
    assert await stores[2].model_dollars(since=NOON + timedelta(seconds=1)) == 0.0


def alarm(name: str, *, strong: str = "", weak: str = "", state: str = "firing", at: datetime = NOON) -> AlarmEntry:
    one = Signal(
        id=f"{name}-{state}", source="webhook", title=name, received_at=at, fingerprint=name, state=state, changed_at=at
    )
    links = AlarmLinks(
        strong=[strong] if strong else [], weak=[weak] if weak else [], lookup=[strong] if strong else []
    )
    return AlarmEntry(source="webhook", signal=one, topic=name, links=links, new=incident(f"inc-{name}", one))


async def take_in(store: Store, *entries: AlarmEntry) -> list[AlarmReceipt]:
    return await store.take_alarms(entries, SETTINGS, NOON)


async def test_alarms_that_share_a_thing_open_one_incident_though_they_come_at_once(stores: list[Store]) -> None:
    entries = [alarm(f"a{n}", strong="shop/Deployment/web") for n in range(4)]
    results = await asyncio.gather(*(take_in(store, entry) for store, entry in zip(stores, entries, strict=True)))
    receipts = [receipt for (receipt,) in results]
    assert sorted(one.disposition for one in receipts) == ["joined", "joined", "joined", "opened"]
    (id_,) = {one.incident for one in receipts}
    assert len(await stores[0].attached(id_)) == 4 and len(await stores[0].firing(id_)) == 4
    numbers = [number for number, _ in await stores[0].receipts()]
    assert numbers == sorted(numbers, reverse=True) and len(set(numbers)) == 4
    assert [number for number, _ in await stores[0].receipts(before=numbers[1], limit=1)] == [numbers[2]]


async def test_an_alarm_is_repeated_late_resolved_and_closes_what_nobody_has_begun(stores: list[Store]) -> None:
    store, later = stores[0], NOON + timedelta(minutes=1)
    (first, again) = await take_in(store, alarm("a"), alarm("a"))
    (other,) = await take_in(store, alarm("b", weak="shop"))
    assert [first.disposition, again.disposition, other.disposition] == ["opened", "repeated", "opened"]
    (late,) = await take_in(store, alarm("a", at=NOON - timedelta(minutes=1)))
    (closed,) = await take_in(store, alarm("a", state="resolved", at=later))
    assert (late.disposition, closed.disposition) == ("late", "closed")
    stored_incident = await store.incident(IncidentId(first.incident))
    assert stored_incident is not None and stored_incident.reason == "auto_resolved"
    assert await store.firing(first.incident) == []
    assert await store.lease(IncidentId(other.incident), "w", NOON, 60) == 1
    (resolved, unknown) = await take_in(
        store, alarm("b", state="resolved", at=later), alarm("c", state="resolved", at=later)
    )
    assert (resolved.disposition, unknown.disposition) == ("resolved", "not_open")


async def test_a_storm_is_one_incident_once_enough_alarms_have_a_place_in_common(stores: list[Store]) -> None:
    receipts = [(await take_in(stores[n % 4], alarm(f"a{n}", weak="node-1")))[0] for n in range(4)]
    assert [one.disposition for one in receipts] == ["opened", "opened", "joined", "joined"]
    await stores[0].keep_dependencies([("web", "db")], NOON)
    (db,) = await take_in(stores[1], alarm("db", strong="db"))
    (web,) = await take_in(stores[2], alarm("web", strong="web"))
    assert (web.disposition, web.incident, web.shared) == ("joined", db.incident, "db")
