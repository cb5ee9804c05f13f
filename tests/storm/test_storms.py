"""Storms over several worker processes: no incident is lost, none has two writers, poison ends as a dead letter."""

from __future__ import annotations

import asyncio
import os
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from sre_agent.settings import Settings
from tests.storm.emulator import THROTTLED, emulator
from tests.storm.parts import storm_parts
from tests.storm.run import StormResult, in_moto, storm
from tests.storm.worker import new_worker

pytestmark = pytest.mark.anyio
open_checkpoints: Any = import_module("sre_agent.checkpoint.sqlite").from_settings
COUNT = int(os.environ.get("STORM", "2000"))


def holds(result: StormResult, poison: int) -> None:
    assert (result.left_open, result.overlaps, result.ended_twice, result.out_of_order) == ([], [], [], [])
    assert len(result.dead) == result.redriven == poison and set(result.dead.values()) <= {"It breaks every run."}


@pytest.mark.timeout(300)
async def test_two_workers_of_one_process_work_off_what_is_sent_and_what_was_poison_is_redriven(tmp_path: Path) -> None:
    journal = tmp_path / "journal.txt"
    settings = Settings(state_dir=tmp_path)
    async with storm_parts(settings) as parts, open_checkpoints(settings.state_access) as checkpoints:
        checkpoints.fence = parts.store.writes
        sent = await parts.send(12, poison=1)

        async def all_ended() -> bool:
            return not await parts.store.incidents(only_open=True)

        await asyncio.gather(*(new_worker(parts, checkpoints, journal).run_until(all_ended) for _ in range(2)))
        lines = journal.read_text(encoding="utf-8").split("\n")
        assert sorted(line.split()[1] for line in lines if line.startswith("end")) == sorted(one.id for one in sent[1:])
        (letter,) = await parts.store.messages("dead")
        assert (letter.message.incident, letter.why, letter.times) == (sent[0].id, "It breaks every run.", 5)
        assert await parts.responder.redrive(letter.message.dedup)
        assert await parts.store.messages("dead") == []
        (again,) = await parts.store.incidents(only_open=True)
        assert again.title == sent[0].title and await parts.queue.take(parts.clock.now(), 60) is not None


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_four_processes_that_are_killed_at_random_work_off_a_storm(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path, lease_seconds=2)
    result = await storm(settings, tmp_path, count=COUNT, workers=4, kills=12, poison=3)
    assert result.kills == 12
    holds(result, 3)
    print(f"{COUNT} incidents in {result.seconds:.0f} s, {result.spent:.0f} s of processor time")


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_the_same_on_the_engines_of_aws_which_throttle_now_and_then(tmp_path: Path) -> None:
    with emulator(throttled=0.01) as aws:
        settings = in_moto(tmp_path, aws.address, lease_seconds=30)
        result = await storm(settings, tmp_path, count=COUNT, workers=4, kills=12, poison=3)
        spent = aws.spent()
    assert result.kills == 12
    holds(result, 3)
    assert aws.requests[THROTTLED] > COUNT / 10
    print(f"{COUNT} incidents in {result.seconds:.0f} s, {result.spent:.0f} s of processor time, {spent:.0f} s of moto")
    print({operation: round(number / COUNT, 2) for operation, number in aws.requests.items()})
