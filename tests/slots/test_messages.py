"""What every store keeps to about messages; one body over every technology."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sre_agent.domain.base import IncidentId
from sre_agent.domain.incident import Incident
from sre_agent.domain.message import Message, MessageKind
from sre_agent.domain.signal import Signal
from sre_agent.errors import BadInputError, LeaseLostError
from sre_agent.store import Store
from sre_agent.store.contract.messages import Delivery
from tests.slots.conftest import open_slot, place_of

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ONE, TWO = IncidentId("inc-1"), IncidentId("inc-2")


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def open_store(technology: str, folder: Path) -> Store:
    store: Store = open_slot(technology, place_of(technology, folder))
    return store


@pytest.fixture
async def store(store: Store) -> Store:
    """With two incidents in it."""
    for incident in (ONE, TWO):
        await store.attach_or_create(*opening(incident))
    return store


def opening(incident: IncidentId) -> tuple[Signal, Incident]:
    signal = Signal(id=incident, source="webhook", title="it is slow", received_at=NOON, fingerprint=incident)
    new = Incident(
        id=incident, fingerprint=incident, title=signal.title, severity="SEV2", opened_at=NOON, signals=[signal]
    )
    return signal, new


def message(
    dedup: str = "one",
    *,
    after: float = 0,
    incident: IncidentId = ONE,
    ahead: float = 0,
    kind: MessageKind = "signal",
) -> Message:
    return Message(kind=kind, incident=incident, dedup=dedup, not_before=at(after), ahead_seconds=ahead)


async def lease(store: Store, incident: IncidentId = ONE, seconds: float = 0) -> int:
    epoch = await store.lease(incident, f"worker at {seconds}", at(seconds), 60)
    assert epoch is not None
    return epoch


async def take(store: Store, seconds: float = 0, incident: IncidentId = ONE) -> Delivery:
    """By a worker that has become the writer."""
    delivery = await store.take_message(incident, await lease(store, incident, seconds), at(seconds), 60)
    assert delivery is not None
    return delivery


async def test_a_message_is_taken_once_it_is_due_and_accepted_once(store: Store) -> None:
    assert await store.add_message(message(after=10))
    epoch = await lease(store)
    assert await store.take_message(ONE, epoch, at(9), 60) is None
    delivery = await store.take_message(ONE, epoch, at(10), 60)
    assert delivery is not None and (delivery.message.dedup, delivery.times) == ("one", 1)
    await store.finish_message(delivery)
    assert not await store.add_message(message(after=10)), "done, and still known"
    assert await store.take_message(ONE, epoch, at(3600), 60) is None
    assert await store.message("one") is None


async def test_the_messages_of_an_incident_are_taken_in_their_order_and_a_person_comes_first(store: Store) -> None:
    for dedup, after, ahead in (("later", 5, 0), ("first", 0, 0), ("second", 1, 0), ("person", 4, 86400)):
        await store.add_message(message(dedup, after=after, ahead=ahead))
    await store.add_message(message("of another", incident=TWO, ahead=90000))
    epoch, order = await lease(store), []
    while (delivery := await store.take_message(ONE, epoch, at(9), 60)) is not None:
        order.append(delivery.message.dedup)
        await store.finish_message(delivery)
    assert order == ["person", "first", "second", "later"]


async def test_what_a_dead_writer_had_in_its_hands_is_taken_by_the_next_who_alone_can_settle_it(store: Store) -> None:
    await store.add_message(message())
    late = await take(store)
    current = await take(store, 61)
    assert (current.message.dedup, current.times, current.epoch > late.epoch) == ("one", 2, True)
    await store.bury_message(late, "a late worker")
    await store.finish_message(late)
    entry = await store.message("one")
    assert entry is not None and entry.state == "taken"
    with pytest.raises(LeaseLostError):
        await store.take_message(ONE, late.epoch, at(61), 60)


async def test_a_postponed_message_keeps_its_priority_and_only_attempts_count(store: Store) -> None:
    await store.add_message(message("urgent", ahead=300))
    await store.add_message(message("other", after=5))
    await store.postpone_message(await take(store), at(10), is_attempt=False)
    epoch = await lease(store, seconds=61)
    delivery = await store.take_message(ONE, epoch, at(61), 60)
    assert delivery is not None and (delivery.message.dedup, delivery.times) == ("urgent", 1)
    await store.postpone_message(delivery, at(62))
    second = await store.take_message(ONE, epoch, at(61), 60)
    third = await store.take_message(ONE, epoch, at(62), 60)
    assert second is not None and second.message.dedup == "other"
    assert third is not None and third.times == 2


async def test_a_dead_letter_is_kept_with_its_reason_until_it_is_redriven_or_dropped(store: Store) -> None:
    await store.add_message(message())
    await store.bury_message(await take(store), "broke five times")
    (letter,) = await store.messages("dead")
    assert (letter.message.dedup, letter.why, letter.times) == ("one", "broke five times", 1)
    assert await store.next_message() is None and await store.has_next_step(ONE)
    assert not await store.redrive_message("another", NOON)
    assert await store.redrive_message("one", at(70))
    again = await take(store, 70)
    assert again.times == 1 and await store.messages("dead") == []
    await store.bury_message(again, "once more")
    assert await store.drop_message("one") and not await store.drop_message("one")
    assert not await store.add_message(message())


async def test_what_a_killed_process_had_in_its_hands_is_due_at_once_with_all_its_tries(store: Store) -> None:
    await store.add_message(message())
    await take(store)
    assert await store.revive_messages(ONE, at(5)) == 1 and await store.revive_messages(TWO, at(5)) == 0
    entry = await store.next_message(ONE)
    assert entry is not None and (entry.state, entry.due, entry.times) == ("waiting", at(5), 0)


async def test_it_tells_what_is_next_what_is_overdue_and_how_much_there_is(store: Store) -> None:
    for dedup, after, incident in (("a", 0, ONE), ("b", 1, ONE), ("c", 2, TWO), ("late", 900, TWO)):
        await store.add_message(message(dedup, after=after, incident=incident))
    assert [one.message.dedup for one in await store.overdue_messages(at(9))] == ["a", "c"]
    assert [one.message.dedup for one in await store.overdue_messages(at(1))] == ["a"]
    await take(store)
    first, own = await store.next_message(), await store.next_message(TWO)
    assert first is not None and own is not None and (first.message.dedup, own.message.dedup) == ("b", "c")
    depth = await store.message_depth(at(9))
    assert (depth.due, depth.later, depth.in_flight, depth.dead_letters, depth.oldest_due) == (2, 1, 1, 0, at(1))


async def test_messages_are_listed_in_pages_in_the_order_in_which_they_are_due(store: Store) -> None:
    for dedup, after in (("c", 2), ("a", 0), ("b", 1)):
        await store.add_message(message(dedup, after=after))
    page = await store.messages(limit=2)
    assert [one.message.dedup for one in page] == ["a", "b"]
    assert await store.drop_message("b")
    assert [one.message.dedup for one in await store.messages(after=page[-1].cursor)] == ["c"]
    with pytest.raises(BadInputError):
        await store.messages(after="nowhere")


async def test_it_tells_whether_a_kind_of_message_waits_and_whether_an_incident_moves(store: Store) -> None:
    await store.add_message(message("told", kind="notice"))
    assert not await store.has_next_step(ONE), "a notice moves nothing"
    await store.add_message(message("stop", kind="cancel", ahead=1))
    assert await store.message_waits(ONE, "cancel") and not await store.message_waits(TWO, "cancel")
    assert await store.has_next_step(ONE)
    await store.finish_message(await take(store))
    assert not await store.message_waits(ONE, "cancel") and not await store.has_next_step(ONE)


async def test_what_was_done_is_forgotten_later_and_what_waits_is_not(store: Store) -> None:
    await store.add_message(message("done"))
    await store.add_message(message("waits", after=1))
    await store.finish_message(await take(store))
    await store.forget_messages(at(86400))
    assert [one.message.dedup for one in await store.messages()] == ["waits"]


@pytest.mark.parametrize("rank", [", rank TEXT NOT NULL DEFAULT ''", ""])
async def test_messages_on_the_queue_file_of_an_older_version_are_taken_over_once(tmp_path: Path, rank: str) -> None:
    with closing(sqlite3.connect(tmp_path / "queue.sqlite")) as old, old:
        old.execute(
            "CREATE TABLE message (dedup TEXT PRIMARY KEY, incident TEXT NOT NULL, due TEXT NOT NULL,"
            " body TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'waiting', receipt TEXT NOT NULL DEFAULT '',"
            f" times INTEGER NOT NULL DEFAULT 0, why TEXT NOT NULL DEFAULT ''{rank})"
        )
        for dedup, state in (("waits", "waiting"), ("is dead", "dead"), ("was done", "done")):
            body = message(dedup).model_dump_json()
            old.execute(
                "INSERT INTO message (dedup, incident, due, body, state, why) VALUES (?, ?, ?, ?, ?, 'broke')",
                (dedup, ONE, "2026-11-21T12:00:00.000000+00:00", body, state),
            )
    for _ in range(2):
        store = open_store("sqlite", tmp_path)
        states = {one.message.dedup: (one.state, one.due) for one in await store.messages()}
        assert states == {"waits": ("waiting", NOON), "is dead": ("dead", NOON)}
        assert not await store.add_message(message("was done"))
        await store.close()
