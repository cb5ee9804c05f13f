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


def message(dedup: str = "one", *, after: float = 0, incident: str = "inc-1") -> Message:
    return Message(
        kind="signal", incident=IncidentId(incident), dedup=dedup, not_before=NOON + timedelta(seconds=after)
    )


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
    assert [(letter.dedup, why) for letter, why in await queue.dead_letters()] == [("one", "broke five times")]


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
