"""A storm: signals are sent, processes work them off, some of them and of the servers that they ask are killed on the
way."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sre_agent.settings import Settings
from sre_agent.store import Store
from tests.slots import moto
from tests.slots.looks_in_moto import with_queues
from tests.storm.parts import POISON, storm_parts
from tests.storm.servers import StormServers

PATIENCE = 3000.0  # seconds
POLL_SECONDS = 0.5


@dataclass
class StormResult:
    """`seconds` from the first worker's start until everything had ended; `spent` is processor time of the workers.
    `redriven` are incidents that dead letters opened again."""

    incidents: int
    seconds: float = 0.0
    spent: float = 0.0
    left_open: list[str] = field(default_factory=list)
    ended_twice: list[str] = field(default_factory=list)
    overlaps: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    dead: dict[str, str] = field(default_factory=dict)
    redriven: int = 0
    kills: int = 0
    ended_wrong: list[str] = field(default_factory=list)
    asked_again: int = 0  # incidents whose read failed before it was answered


def in_moto(folder: Path, address: str, **more: Any) -> Settings:
    """Store, queue and checkpoints on AWS' engines, whose tables and queues are there."""
    os.environ |= {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    access = moto.state_of_its_own(folder, state_endpoint_url=address)
    access = with_queues(moto.make_slots(access, "store", "checkpoint", bucket=True), urgent=True)
    engines = {"store": "dynamodb", "queue": "sqs", "checkpoint": "dynamodb"}
    return Settings(**access.model_dump() | engines | more)


async def storm(
    settings: Settings,
    folder: Path,
    *,
    count: int,
    workers: int,
    kills: int = 0,
    poison: int = 0,
    servers: StormServers | None = None,
) -> StormResult:
    """Kills workers so many times, and as often one of the servers that `settings` lead to."""
    result, journal = StormResult(count), folder / f"journal-{workers}-{count}.txt"
    journal.touch()
    settings_file = folder / "settings.json"
    settings_file.write_text(settings.model_dump_json(), encoding="utf-8")
    chance = random.Random(count + workers)
    command = [sys.executable, "-m", "tests.storm.worker", str(settings_file), str(journal)]
    async with storm_parts(settings) as parts:
        store = parts.store
        await parts.send(count, poison)
        with _processes(command, workers) as pool:
            await _until(lambda: _is(bool(_lines(journal))))
            started, before = time.monotonic(), pool.spent()

            async def worked_off() -> bool:
                await asyncio.sleep(POLL_SECONDS)
                done = len(_ended(journal))
                if result.kills < kills and done > count * (result.kills + 1) / (kills + 1):
                    pool.replace(chance)
                    if servers is not None:
                        servers.replace(chance)
                    result.kills += 1
                return done >= count - poison and not await store.incidents(only_open=True, limit=1)

            await _until(worked_off)
            result.seconds, result.spent = time.monotonic() - started, pool.spent() - before
            await store.recorded()
        result.left_open = [one.id for one in await store.incidents(only_open=True, limit=count)]
        result.dead = {one.message.dedup: one.why for one in await store.messages("dead", limit=count)}
        result.ended_twice = await _ended_twice(store)
        await _look_at_ends(store, result)
        for letter in result.dead:
            assert await parts.responder.redrive(letter)
        assert await store.messages("dead") == []
        again = await store.incidents(only_open=True, limit=count)
        result.redriven = sum(one.title.startswith(POISON) for one in again)
    result.out_of_order = out_of_order(journal)
    result.overlaps = _overlaps(journal)
    return result


def _ended(journal: Path) -> set[str]:
    return {line.split()[1] for line in _lines(journal) if line.startswith("end ")}


def _lines(journal: Path) -> list[str]:
    return journal.read_text(encoding="utf-8").splitlines()


def _overlaps(journal: Path) -> list[str]:
    """Incidents that an earlier writer went on with after a later one had begun."""
    latest, wrong = dict[str, int](), []
    for line in _lines(journal):
        _, incident, epoch, _ = line.split()
        if int(epoch) < latest.get(incident, 0):
            wrong.append(line)
        latest[incident] = max(latest.get(incident, 0), int(epoch))
    return wrong


def out_of_order(journal: Path) -> list[str]:
    """Incidents whose messages were not done in the order in which they were sent; one that was done and done again,
    because its process died before it could say so, keeps its place."""
    places = dict[str, list[int]]()
    for line in _lines(journal):
        what, incident, _, place = line.split()
        if what == "done" and int(place) not in places.setdefault(incident, []):
            places[incident].append(int(place))
    return [incident for incident, of_it in places.items() if of_it != sorted(of_it)]


async def _ended_twice(store: Store) -> list[str]:
    counts: Counter[str] = Counter()
    after = 0
    while page := await store.events(after=after, limit=2000):
        counts.update(one.event.incident for one in page if one.event.kind == "incident.ended")
        after = page[-1].seq
    return [incident for incident, times in counts.items() if times > 1]


async def _look_at_ends(store: Store, result: StormResult) -> None:
    """What became of the incidents that were no poison, and of what each of them read."""
    for one in await store.incidents(limit=result.incidents):
        if one.title.startswith(POISON):
            continue
        if one.reason != "no_fault":
            result.ended_wrong.append(one.id)
        result.asked_again += any(item.earlier_refusals for item in await store.ledger(one.id))


class _Processes:
    def __init__(self, command: list[str], count: int) -> None:
        self._command, self._spent_by_dead = command, 0.0
        self.running = [subprocess.Popen(command) for _ in range(count)]

    def replace(self, chance: random.Random) -> None:
        """Kill one of them, and start another."""
        victim = chance.choice(self.running)
        self._spent_by_dead += processor_seconds(victim.pid)
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        self.running[self.running.index(victim)] = subprocess.Popen(self._command)

    def spent(self) -> float:
        return self._spent_by_dead + sum(processor_seconds(one.pid) for one in self.running)

    def end(self) -> None:
        for one in self.running:
            one.terminate()
        for one in self.running:
            one.wait(30)


@contextmanager
def _processes(command: list[str], count: int) -> Iterator[_Processes]:
    pool = _Processes(command, count)
    try:
        yield pool
    finally:
        pool.end()


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    started = time.monotonic()
    while not await condition():
        assert time.monotonic() - started < PATIENCE
        await asyncio.sleep(0.1)


async def _is(value: bool) -> bool:
    return value


def processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
