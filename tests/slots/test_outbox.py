"""From a message to a look at its incident: whatever is lost between the two is found again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sre_agent.outbox import LATE, Outbox
from sre_agent.queue import Queue
from sre_agent.store import Store
from tests.slots.looks_in_moto import SqsOfATest
from tests.slots.test_messages import NOON, ONE, TWO, at, lease, message, open_store, opening
from tests.slots.test_queue import open_queue

pytestmark = pytest.mark.anyio


class StandingClock:
    moment = NOON

    def now(self) -> datetime:
        return self.moment

    async def sleep_until(self, when: datetime) -> None:
        self.moment = max(self.moment, when)


@dataclass
class Post:
    store: Store
    queue: Queue
    clock: StandingClock
    outbox: Outbox


@pytest.fixture(params=[("sqlite", "sqlite"), ("dynamodb", "sqs")], ids=["sqlite", "aws"])
async def post(request: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Post]:
    store = open_store(request.param[0], tmp_path)
    queue = open_queue(request.param[1], tmp_path, monkeypatch)
    clock = StandingClock()
    for incident in (ONE, TWO):
        await store.attach_or_create(*opening(incident))
    yield Post(store, queue, clock, Outbox(store, queue, clock))
    await queue.close()
    await store.close()


async def test_a_message_that_is_sent_is_stored_and_brings_a_look_at_its_incident(post: Post) -> None:
    assert await post.outbox.send(message())
    look = await post.queue.take(NOON, 60)
    assert look is not None and look.incident == ONE
    assert await post.store.message("one") is not None


async def test_a_message_whose_process_died_before_it_asked_for_a_look_is_found_by_the_relay(post: Post) -> None:
    await post.store.add_message(message())
    await post.store.add_message(message("of another", incident=TWO, after=3600))
    assert await post.queue.take(at(120), 60) is None
    assert await post.outbox.relay(at(120) - LATE) == 1
    look = await post.queue.take(at(120), 60)
    assert look is not None and look.incident == ONE and await post.queue.take(at(120), 60) is None


async def test_a_message_that_is_sent_again_while_it_waits_is_on_its_way_again_and_one_that_is_done_is_not(
    post: Post,
) -> None:
    await post.store.add_message(message())
    assert not await post.outbox.send(message())
    look = await post.queue.take(NOON, 60)
    assert look is not None
    delivery = await post.store.take_message(ONE, await lease(post.store), NOON, 60)
    assert delivery is not None
    await post.store.finish_message(delivery)
    await post.queue.ack(look)
    assert not await post.outbox.send(message())
    assert await post.queue.take(NOON, 60) is None


async def test_a_dead_letter_that_is_redriven_brings_a_look(post: Post) -> None:
    await post.store.add_message(message())
    delivery = await post.store.take_message(ONE, await lease(post.store), NOON, 60)
    assert delivery is not None
    await post.store.bury_message(delivery, "broke five times")
    assert await post.outbox.relay(at(600)) == 0, "a dead letter is not overdue"
    assert await post.outbox.redrive("one") and not await post.outbox.redrive("one")
    assert await post.queue.take(NOON, 60) is not None


async def test_a_wake_up_stands_for_the_message_that_is_due_first(post: Post) -> None:
    await post.store.add_message(message("expires", after=3600))
    await post.store.add_message(message("next level", after=900))
    await post.outbox.wake(ONE)
    assert await post.queue.take(at(899), 60) is None
    assert await post.queue.take(at(900), 60) is not None


async def test_a_wake_up_that_the_engine_lost_is_found_by_the_relay(post: Post) -> None:
    await post.outbox.send(message("expires", after=3600))
    if isinstance(post.queue, SqsOfATest):
        assert list(post.queue.schedules()) == [ONE]
        post.queue.lose_schedules()
        assert await post.queue.take(at(3600), 60) is None
    post.clock.moment = at(3700)
    assert await post.outbox.relay(at(3700) - LATE) == 1
    look = await post.queue.take(at(3700), 60)
    assert look is not None and look.incident == ONE
