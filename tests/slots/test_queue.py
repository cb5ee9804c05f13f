"""What every queue keeps to; one body over every technology."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from sre_agent.domain.base import IncidentId
from sre_agent.domain.message import Message
from sre_agent.queue import Queue
from sre_agent.settings import StateSettings

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite"])
async def queue(request: Any, tmp_path: Path) -> AsyncIterator[Queue]:
    opened = import_module(f"sre_agent.queue.{request.param}").from_settings(StateSettings(state_dir=tmp_path))
    yield opened
    await opened.close()


def message(dedup: str = "one", *, after: float = 0, incident: str = "inc-1", ahead: float = 0) -> Message:
    due = NOON + timedelta(seconds=after)
    return Message(kind="signal", incident=IncidentId(incident), dedup=dedup, not_before=due, ahead_seconds=ahead)


async def test_a_message_is_delivered_once_it_is_due_and_not_before(queue: Queue) -> None:
    await queue.put(message(after=10))
    assert await queue.take(NOON + timedelta(seconds=9), 60) is None
    delivery = await queue.take(NOON + timedelta(seconds=10), 60)
    assert delivery is not None and delivery.message.dedup == "one"


async def test_the_same_message_counts_once_even_after_it_was_done(queue: Queue) -> None:
    assert await queue.put(message())
    delivery = await queue.take(NOON, 60)
    assert delivery is not None
    await queue.ack(delivery)
    assert not await queue.put(message())
    assert await queue.take(NOON + timedelta(days=1), 60) is None


async def test_a_message_that_nobody_acknowledged_comes_again(queue: Queue) -> None:
    await queue.put(message())
    first = await queue.take(NOON, 60)
    assert await queue.take(NOON + timedelta(seconds=59), 60) is None
    second = await queue.take(NOON + timedelta(seconds=60), 60)
    assert first is not None and second is not None
    assert (first.times, second.times) == (1, 2)


async def test_who_took_it_too_long_ago_can_no_longer_settle_it(queue: Queue) -> None:
    await queue.put(message())
    late = await queue.take(NOON, 60)
    current = await queue.take(NOON + timedelta(seconds=60), 60)
    assert late is not None and current is not None
    await queue.ack(late)
    assert await queue.next_due() is not None, "a late acknowledgement must not end somebody else's work"
    await queue.ack(current)
    assert await queue.next_due() is None


async def test_an_extended_message_stays_hidden(queue: Queue) -> None:
    await queue.put(message())
    delivery = await queue.take(NOON, 60)
    assert delivery is not None
    await queue.extend(delivery, NOON + timedelta(seconds=50), 60)
    assert await queue.take(NOON + timedelta(seconds=100), 60) is None


async def test_a_buried_message_is_kept_with_its_reason_and_never_comes_again(queue: Queue) -> None:
    await queue.put(message())
    delivery = await queue.take(NOON, 60)
    assert delivery is not None
    await queue.bury(delivery, "broke five times")
    assert await queue.take(NOON + timedelta(days=1), 60) is None
    assert [(letter.message.dedup, letter.why) for letter in await queue.messages("dead")] == [
        ("one", "broke five times")
    ]


async def test_reviving_an_incident_makes_its_hidden_messages_due_and_no_others(queue: Queue) -> None:
    await queue.put(message("mine"))
    await queue.put(message("other", incident="inc-2"))
    assert await queue.take(NOON, 600) and await queue.take(NOON, 600)
    assert await queue.revive("inc-1", NOON) == 1
    again = await queue.take(NOON, 600)
    assert again is not None and again.message.dedup == "mine"
    assert again.times == 1, "the death of the process that had it is no failure of the step"
    assert await queue.take(NOON, 600) is None


async def test_messages_come_in_the_order_in_which_they_are_due(queue: Queue) -> None:
    for name, after in (("later", 5), ("first", 1), ("second", 2)):
        await queue.put(message(name, after=after))
    taken = [await queue.take(NOON + timedelta(seconds=9), 60) for _ in range(3)]
    assert [d.message.dedup for d in taken if d] == ["first", "second", "later"]


async def test_what_is_urgent_comes_first_until_what_is_old_has_waited_longer(queue: Queue) -> None:
    for dedup, after, ahead in [("old", 0, 0), ("new", 200, 0), ("urgent", 250, 300), ("urgent and early", -100, 300)]:
        await queue.put(message(dedup, after=after, ahead=ahead))
    taken = [await queue.take(NOON + timedelta(seconds=300), 60) for _ in range(4)]
    assert [one.message.dedup for one in taken if one] == ["urgent and early", "urgent", "old", "new"]


async def test_what_is_given_back_keeps_its_urgency(queue: Queue) -> None:
    await queue.put(message("urgent", ahead=300))
    await queue.put(message("other", after=5))
    delivery = await queue.take(NOON, 60)
    assert delivery is not None
    await queue.give_back(delivery, NOON + timedelta(seconds=10))
    first = await queue.take(NOON + timedelta(seconds=10), 60)
    assert first is not None and first.message.dedup == "urgent"


async def test_a_dead_letter_is_delivered_again_when_somebody_asks_for_it(queue: Queue) -> None:
    await queue.put(message())
    delivery = await queue.take(NOON, 60)
    assert delivery is not None
    await queue.bury(delivery, "broke five times")
    assert not await queue.redrive("another", NOON)
    assert await queue.redrive("one", NOON)
    again = await queue.take(NOON, 60)
    assert again is not None and (again.message.dedup, again.times) == ("one", 1)
    assert await queue.messages("dead") == []


async def test_what_is_dropped_never_comes_again(queue: Queue) -> None:
    await queue.put(message())
    assert await queue.drop("one") and not await queue.drop("one")
    assert await queue.take(NOON + timedelta(days=1), 60) is None
    assert not await queue.put(message())


async def test_the_depth_tells_what_is_due_since_when_and_what_is_not(queue: Queue) -> None:
    for dedup, after in [("first", 0), ("second", 5), ("in hand", -50), ("later", 600)]:
        await queue.put(message(dedup, after=after))
    await queue.take(NOON, 60)
    depth = await queue.depth(NOON + timedelta(seconds=9))
    assert (depth.due, depth.later, depth.in_flight, depth.dead_letters, depth.oldest_due) == (2, 1, 1, 0, NOON)
    assert [one.message.dedup for one in await queue.messages("waiting")] == ["first", "second", "later"]


async def test_what_is_done_is_forgotten_after_a_while_and_what_is_not_done_stays(queue: Queue) -> None:
    await queue.put(message("done"))
    await queue.put(message("open", after=1))
    delivery = await queue.take(NOON, 60)
    assert delivery is not None
    await queue.ack(delivery)
    assert await queue.forget(NOON) == 0
    assert await queue.forget(NOON + timedelta(days=1)) == 1
    assert [one.message.dedup for one in await queue.messages()] == ["open"]
