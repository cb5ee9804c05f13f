"""What every queue keeps to; one body over every technology."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from sre_agent.domain.base import IncidentId
from sre_agent.domain.message import A_PERSON_WAITS
from sre_agent.queue import Queue
from sre_agent.settings import StateSettings
from tests.slots import moto
from tests.slots.looks_in_moto import SqsOfATest, with_queues

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ONE, TWO, THREE = (IncidentId(f"inc-{number}") for number in (1, 2, 3))


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def open_queue(technology: str, folder: Path, patch: pytest.MonkeyPatch) -> Queue:
    if technology == "sqs":
        return SqsOfATest(with_queues(moto.state_of_its_own(folder), urgent=True), patch, NOON)
    queue: Queue = import_module(f"sre_agent.queue.{technology}").from_settings(StateSettings(state_dir=folder))
    return queue


@pytest.fixture(params=["sqlite", "sqs"])
async def queue(request: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Queue]:
    slot = open_queue(request.param, tmp_path, monkeypatch)
    yield slot
    await slot.close()


async def test_a_look_is_hidden_while_it_is_under_way_and_gone_when_it_is_done(queue: Queue) -> None:
    for _ in range(2):
        await queue.ask_for(ONE, NOON, cause="a signal")
    look = await queue.take(NOON, 60)
    assert look is not None and look.incident == ONE
    assert await queue.take(at(59), 60) is None
    await queue.ack(look)
    assert await queue.take(at(240), 60) is None, "what is asked for twice for one cause is one look"


async def test_what_is_asked_for_during_a_look_comes_after_it(queue: Queue) -> None:
    await queue.ask_for(ONE, NOON, cause="a signal")
    look = await queue.take(NOON, 60)
    assert look is not None
    await queue.ask_for(ONE, at(1), cause="a second signal")
    assert await queue.take(at(2), 60) is None, "one incident is looked at by one worker"
    await queue.ack(look)
    again = await queue.take(at(2), 60)
    assert again is not None and again.incident == ONE


async def test_a_look_whose_worker_died_comes_again_when_its_time_is_up(queue: Queue) -> None:
    await queue.ask_for(ONE, NOON, cause="a signal")
    late = await queue.take(NOON, 60)
    current = await queue.take(at(61), 60)
    assert late is not None and current is not None and current.receipt != late.receipt
    if isinstance(queue, SqsOfATest):
        return  # moto takes an old receipt, SQS does not
    await queue.ack(late)
    assert await queue.take(at(122), 60) is not None, "a late acknowledgement must not end somebody else's work"


async def test_a_look_that_is_extended_stays_hidden(queue: Queue) -> None:
    await queue.ask_for(ONE, NOON, cause="a signal")
    look = await queue.take(NOON, 60)
    assert look is not None and await queue.take(at(50), 60) is None
    await queue.extend(look, at(50), 60)
    assert await queue.take(at(100), 60) is None
    assert await queue.take(at(111), 60) is not None


async def test_a_look_that_is_given_back_comes_after_its_pause(queue: Queue) -> None:
    await queue.ask_for(ONE, NOON, cause="a signal")
    look = await queue.take(NOON, 60)
    assert look is not None
    await queue.give_back(look, at(5))
    assert await queue.take(at(4), 60) is None
    again = await queue.take(at(6), 60)
    assert again is not None
    await queue.give_back(again, at(6))
    assert await queue.take(at(7), 60) is not None


async def test_a_wake_up_comes_at_its_time_and_an_earlier_one_takes_its_place(queue: Queue) -> None:
    for after, cause in ((3600, "the question expires"), (90, "the next level is told"), (900, "a level after it")):
        await queue.ask_for(ONE, at(after), cause=cause)
    assert await queue.take(at(89), 60) is None
    look = await queue.take(at(90), 60)
    assert look is not None and look.incident == ONE
    await queue.ack(look)
    assert await queue.take(at(3601), 60) is None, "who is woken makes the next wake-up"


async def test_what_is_due_within_a_minute_comes_at_its_time_without_a_schedule_and_holds_up_nobody_else(
    queue: Queue,
) -> None:
    await queue.ask_for(ONE, at(45), cause="its alarms are gathered")
    await queue.ask_for(TWO, NOON, cause="a signal")
    look = await queue.take(NOON, 60)
    assert look is not None and look.incident == TWO
    assert await queue.take(at(44), 60) is None
    assert not isinstance(queue, SqsOfATest) or not queue.schedules()
    look = await queue.take(at(46), 60)  # SQS hides for whole seconds
    assert look is not None and look.incident == ONE


async def test_a_look_for_which_a_person_waits_is_taken_first(queue: Queue) -> None:
    await queue.ask_for(ONE, NOON, ahead_seconds=3600, cause="a signal")
    await queue.ask_for(TWO, NOON, ahead_seconds=A_PERSON_WAITS, cause="a decision")
    looks = [await queue.take(at(1), 60) for _ in range(3)]
    assert [one and one.incident for one in looks] == [TWO, ONE, None]


async def test_looks_of_many_incidents_come_in_their_order_one_for_each_worker(queue: Queue) -> None:
    for incident in (ONE, TWO, THREE):
        await queue.ask_for(incident, NOON, cause="a signal")
        await queue.ask_for(incident, NOON, cause="another signal")
    looks = [await queue.take(NOON, 60) for _ in range(4)]
    assert [one and one.incident for one in looks] == [ONE, TWO, THREE, None]


async def test_on_one_machine_what_is_more_urgent_is_taken_first_and_what_waits_grows_in_urgency(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = open_queue("sqlite", tmp_path, monkeypatch)
    for incident, after, ahead in ((ONE, 0, 0), (TWO, 200, 300), (THREE, 200, 100)):
        await queue.ask_for(incident, at(after), ahead_seconds=ahead, cause="a signal")
    looks = [await queue.take(at(300), 60) for _ in range(4)]
    assert [one and one.incident for one in looks] == [TWO, ONE, THREE, None]
    await queue.revive(THREE, at(300))
    again = await queue.take(at(300), 60)
    assert again is not None and again.incident == THREE, "its worker is known to be dead"
    await queue.close()


async def test_a_look_that_is_revived_comes_again_at_the_latest_when_its_time_is_up_and_once(queue: Queue) -> None:
    await queue.ask_for(ONE, NOON, cause="a signal")
    assert await queue.take(NOON, 60) is not None
    await queue.revive(ONE, at(10))
    await queue.ask_for(ONE, NOON, ahead_seconds=A_PERSON_WAITS, cause="resume")
    assert await queue.take(at(10), 60) is not None, "who resumes it does not wait for the look of the dead"
    later = [await queue.take(at(61), 9) for _ in range(2)]
    assert len([one for one in later if one is not None]) <= 1


async def test_a_message_that_is_no_look_is_removed_from_the_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = with_queues(moto.state_of_its_own(tmp_path))
    queue = SqsOfATest(settings, monkeypatch, NOON)
    for body in ("not json", "[]", '{"other": 1}'):
        queue.services.ask("sqs", "send_message", QueueUrl=settings.queue_url, MessageBody=body, MessageGroupId="x")
    await queue.ask_for(ONE, NOON, cause="a signal")
    looks = [await queue.take(NOON, 60) for _ in range(4)]
    assert [one.incident for one in looks if one is not None] == [ONE]
    await queue.close()
