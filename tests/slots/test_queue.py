"""What every queue keeps to; one body over every technology."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from sre_agent.domain.base import IncidentId
from sre_agent.queue import Queue
from sre_agent.settings import StateSettings

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ONE, TWO, THREE = (IncidentId(f"inc-{number}") for number in (1, 2, 3))


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.fixture(params=["sqlite"])
async def queue(request: Any, tmp_path: Path) -> AsyncIterator[Queue]:
    opened = import_module(f"sre_agent.queue.{request.param}").from_settings(StateSettings(state_dir=tmp_path))
    yield opened
    await opened.close()


async def test_what_is_asked_for_several_times_is_one_look_that_is_hidden_while_it_is_under_way(queue: Queue) -> None:
    for cause in ("a signal", "a decision"):
        await queue.ask_for(ONE, NOON, cause=cause)
    look = await queue.take(NOON, 60)
    assert look is not None and look.incident == ONE
    assert await queue.take(at(59), 60) is None
    await queue.ack(look)
    assert await queue.take(at(3600), 60) is None


async def test_what_is_asked_for_during_a_look_comes_after_it(queue: Queue) -> None:
    await queue.ask_for(ONE, NOON, cause="a signal")
    look = await queue.take(NOON, 60)
    assert look is not None
    await queue.ask_for(ONE, at(1), cause="a cancellation")
    assert await queue.take(at(2), 60) is None, "one incident is looked at by one worker"
    await queue.ack(look)
    again = await queue.take(at(2), 60)
    assert again is not None and again.incident == ONE


async def test_a_look_whose_worker_died_comes_again_when_its_time_is_up(queue: Queue) -> None:
    await queue.ask_for(ONE, NOON, cause="a signal")
    late = await queue.take(NOON, 60)
    current = await queue.take(at(60), 60)
    assert late is not None and current is not None and current.receipt != late.receipt
    await queue.ack(late)
    assert await queue.take(at(120), 60) is not None, "a late acknowledgement must not end somebody else's work"


async def test_a_look_that_is_extended_stays_hidden(queue: Queue) -> None:
    await queue.ask_for(ONE, NOON, cause="a signal")
    look = await queue.take(NOON, 60)
    assert look is not None
    await queue.extend(look, at(50), 60)
    assert await queue.take(at(100), 60) is None


async def test_a_look_that_is_given_back_comes_after_its_pause(queue: Queue) -> None:
    await queue.ask_for(ONE, NOON, cause="a signal")
    look = await queue.take(NOON, 60)
    assert look is not None
    await queue.give_back(look, at(2))
    assert await queue.take(at(1), 60) is None
    assert await queue.take(at(2), 60) is not None


async def test_a_wake_up_comes_at_its_time_and_an_earlier_one_takes_its_place(queue: Queue) -> None:
    await queue.ask_for(ONE, at(3600), cause="the question expires")
    assert await queue.take(at(3599), 60) is None
    await queue.ask_for(ONE, at(10), cause="the next level is told")
    assert await queue.take(at(9), 60) is None
    assert await queue.take(at(10), 60) is not None


async def test_the_look_that_is_most_urgent_is_taken_first_and_what_waits_grows_in_urgency(queue: Queue) -> None:
    for incident, after, ahead in ((ONE, 0, 0), (TWO, 200, 300), (THREE, 200, 100)):
        await queue.ask_for(incident, at(after), ahead_seconds=ahead, cause="a signal")
    taken = [await queue.take(at(300), 60) for _ in range(4)]
    assert [one and one.incident for one in taken] == [TWO, ONE, THREE, None]


async def test_a_look_of_a_worker_that_is_known_to_be_dead_comes_at_once(queue: Queue) -> None:
    await queue.ask_for(ONE, NOON, cause="a signal")
    await queue.ask_for(TWO, NOON, cause="a signal")
    assert await queue.take(NOON, 600) and await queue.take(NOON, 600)
    await queue.revive(ONE, NOON)
    again = await queue.take(NOON, 600)
    assert again is not None and again.incident == ONE
    assert await queue.take(NOON, 600) is None
