"""Storms over several worker processes: no incident is lost, none has two writers, poison ends as a dead letter."""

from __future__ import annotations

import asyncio
import os
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from sre_agent.errors import LeaseLostError
from sre_agent.settings import Settings
from sre_agent.store.contract.messages import Delivery
from sre_agent.worker import DEADLY, DEATHS, DELIVERIES, ENDED
from tests.slots import moto
from tests.storm.emulator import THROTTLED, emulator
from tests.storm.parts import storm_parts
from tests.storm.run import StormResult, in_moto, out_of_order, storm
from tests.storm.servers import storm_servers
from tests.storm.worker import new_worker

pytestmark = pytest.mark.anyio
COUNT = int(os.environ.get("STORM", "2000"))


def holds(result: StormResult, poison: int) -> None:
    assert (result.left_open, result.overlaps, result.ended_twice, result.out_of_order) == ([], [], [], [])
    assert result.ended_wrong == []
    assert len(result.dead) == result.redriven == poison and set(result.dead.values()) <= {
        "It breaks every run.",
        ENDED,
    }


def told(result: StormResult) -> str:
    times = f"{result.seconds:.0f} s, {result.spent:.0f} s of processor time"
    return f"{COUNT} incidents in {times}; {result.asked_again} had to ask a server again"


def settings_of(engines: str, folder: Path) -> Settings:
    return in_moto(folder, moto.address()) if engines == "aws" else Settings(state_dir=folder)


def opened_checkpoints(settings: Settings) -> Any:
    return import_module(f"sre_agent.checkpoint.{settings.state.checkpoint}").from_settings(settings.state_access)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("engines", ["sqlite", "aws"])
async def test_two_workers_of_one_process_work_off_what_is_sent_and_what_was_poison_is_redriven(
    engines: str, tmp_path: Path
) -> None:
    journal = tmp_path / "journal.txt"
    settings = settings_of(engines, tmp_path)
    async with storm_parts(settings) as parts, opened_checkpoints(settings) as checkpoints:
        checkpoints.fence = parts.store.writes
        sent = await parts.send(5, poison=1)

        async def all_ended() -> bool:
            return not await parts.store.incidents(only_open=True)

        await asyncio.gather(*(new_worker(parts, checkpoints, journal).run_until(all_ended) for _ in range(2)))
        lines = journal.read_text(encoding="utf-8").split("\n")
        assert out_of_order(journal) == []
        assert sorted(line.split()[1] for line in lines if line.startswith("end")) == sorted(one.id for one in sent[1:])
        (letter,) = await parts.store.messages("dead")
        assert (letter.message.incident, letter.why, letter.times) == (sent[0].id, "It breaks every run.", 5)
        assert await parts.responder.redrive(letter.message.dedup)
        assert await parts.store.messages("dead") == []
        (again,) = await parts.store.incidents(only_open=True)
        assert again.title == sent[0].title and await parts.queue.take(parts.clock.now(), 60) is not None


async def test_a_message_whose_processes_die_again_and_again_is_a_dead_letter_and_its_incident_goes_to_people(
    tmp_path: Path,
) -> None:
    settings = Settings(state_dir=tmp_path)
    async with storm_parts(settings) as parts, opened_checkpoints(settings) as checkpoints:
        checkpoints.fence = parts.store.writes
        (incident,) = await parts.send(1, poison=1)
        for number in range(DEATHS):
            now = parts.clock.now()
            epoch = await parts.store.lease(incident.id, f"process {number}", now, 60)
            assert epoch is not None
            delivery = await parts.store.take_message(incident.id, epoch, now, 60)
            assert delivery is not None, "what a dead process left in its hands is taken again"
            await parts.store.release(incident.id, epoch)
        await new_worker(parts, checkpoints, tmp_path / "journal.txt").run_until_idle()
        (letter,) = await parts.store.messages("dead")
        stored_incident = await parts.store.incident(incident.id)
    assert letter.why == DEADLY and not (tmp_path / "journal.txt").exists()
    assert stored_incident is not None and (stored_incident.status, stored_incident.reason) == (
        "escalated",
        "tools_unavailable",
    )


async def test_an_incident_whose_worker_dies_while_it_gives_up_ends_and_its_message_is_a_dead_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(state_dir=tmp_path, lease_seconds=1)
    async with storm_parts(settings) as parts, opened_checkpoints(settings) as checkpoints:
        checkpoints.fence = parts.store.writes
        (incident,) = await parts.send(1, poison=1)
        bury = parts.store.bury_message

        async def die(delivery: Delivery, why: str) -> None:
            monkeypatch.setattr(parts.store, "bury_message", bury)
            raise LeaseLostError("The process is gone.")

        monkeypatch.setattr(parts.store, "bury_message", die)

        async def is_dead() -> bool:
            return bool(await parts.store.messages("dead"))

        await new_worker(parts, checkpoints, tmp_path / "journal.txt").run_until(is_dead)
        (letter,) = await parts.store.messages("dead")
        stored_incident = await parts.store.incident(incident.id)
    assert (letter.why, letter.times) == (ENDED, DELIVERIES + 1)
    assert stored_incident is not None and (stored_incident.status, stored_incident.reason) == (
        "escalated",
        "tools_unavailable",
    )


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_processes_and_servers_that_are_killed_at_random_work_off_a_storm(tmp_path: Path) -> None:
    with storm_servers(tmp_path) as servers:
        settings = Settings(state_dir=tmp_path, lease_seconds=2, **servers.settings)
        result = await storm(settings, tmp_path, count=COUNT, workers=4, kills=12, poison=3, servers=servers)
    assert result.kills == servers.kills == 12
    holds(result, 3)
    print(told(result))


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_the_same_on_the_engines_of_aws_which_throttle_now_and_then(tmp_path: Path) -> None:
    with emulator(throttled=0.01) as aws, storm_servers(tmp_path) as servers:
        settings = in_moto(tmp_path, aws.address, lease_seconds=30, **servers.settings)
        result = await storm(settings, tmp_path, count=COUNT, workers=4, kills=12, poison=3, servers=servers)
        seconds = aws.spent()
    assert result.kills == servers.kills == 12
    holds(result, 3)
    assert aws.requests[THROTTLED] > COUNT / 10
    print(f"{told(result)}, {seconds:.0f} s of moto")
    print({operation: round(number / COUNT, 2) for operation, number in aws.requests.items()})
