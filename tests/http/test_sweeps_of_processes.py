"""Of several processes on one store each due sweep is taken once, also where the one that takes it is killed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from sre_agent.settings import StateAccess
from tests.http.schedule_process import IN_A_SWEEP
from tests.slots import conftest

BEGIN = datetime(2026, 11, 21, 12, tzinfo=UTC)
QUARTERLY = {"each-quarter": {"cron": "*/15 * * * *", "jitter_seconds": 0, "namespace": "shop"}}
Start = Callable[..., "Scheduling"]


class Scheduling:
    """A process that looks at its schedules when it is told the time."""

    def __init__(self, access: StateAccess, *, hangs: bool = False) -> None:
        settings = {**access.model_dump(mode="json"), "sweep_schedules": QUARTERLY}
        arguments = {"settings": settings, "begin": BEGIN.isoformat(), "hangs": hangs}
        command = [sys.executable, "-m", "tests.http.schedule_process", json.dumps(arguments)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def look(self, minutes: float) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{(BEGIN + timedelta(minutes=minutes)).isoformat()}\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture(params=["sqlite", "dynamodb"])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """One more process on the same store."""
    place = conftest.place_of(request.param, tmp_path)
    access = place.model_copy(update={"store": request.param})
    with ExitStack() as stack:

        def one(**how: bool) -> Scheduling:
            process = Scheduling(access, **how)
            stack.callback(process.kill)
            return process

        yield one


def together(processes: list[Scheduling], minutes: float) -> int:
    """How many sweeps all of them take when all look at once."""
    for one in processes:
        one.look(minutes)
    return sum(int(one.answer()) for one in processes)


def test_a_due_sweep_is_taken_once_however_many_processes_look_at_the_same_moment(start: Start) -> None:
    processes = [start() for _ in range(2)]
    assert [one.answer() for one in processes] == ["ready"] * 2
    look = partial(together, processes)
    assert look(1) == 0
    assert [look(minutes) for minutes in (15, 15.5, 30, 45)] == [1, 0, 1, 1]


def test_a_sweep_whose_process_was_killed_is_not_taken_again_and_the_next_one_is(start: Start) -> None:
    hanging, other = start(hangs=True), start()
    assert [one.answer() for one in (hanging, other)] == ["ready"] * 2
    hanging.look(15)
    assert hanging.answer() == IN_A_SWEEP
    look = partial(together, [other])
    assert look(16) == 0
    assert look(30) == 0, "one of this schedule is under way"
    hanging.kill()
    assert look(31) == 1, "nobody waits for a process that is known to be dead, and it is not too late for this one"
    assert [look(minutes) for minutes in (32, 45, 46)] == [0, 1, 0]
