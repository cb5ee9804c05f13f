"""Responders and servers that are killed or stand still, services that fail, conflict and throttle, a full disk, locked
databases, messages that come twice and in another order: the end stays the same, and every write is made once.

`CHAOS_RUNS` and `CHAOS_SEED` in the environment choose another number of runs and another seed. `CHAOS_SEEDS` runs
exactly these, as the lines of a run before name them (`20260301036,20260301141`), and `CHAOS_SCENARIOS` only the seeds
whose scenario is one of them.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import cache
from itertools import count, islice
from typing import Any

import anyio
import pytest

from sre_lab import scenario
from tests.incidents.conftest import Stage
from tests.incidents.disturbed import FULL, HANGS, ITSELF, LOCKED, REPEATED
from tests.incidents.ways import Trouble, kubeconfig_through, way

pytestmark = pytest.mark.anyio
Open = Callable[[str], AbstractContextManager[Stage]]
RUNS = int(os.environ.get("CHAOS_RUNS", "300"))
SEED = int(os.environ.get("CHAOS_SEED", "20260301"))
EXACTLY = [int(seed) for seed in os.environ.get("CHAOS_SEEDS", "").split(",") if seed]
ONLY = [name for name in os.environ.get("CHAOS_SCENARIOS", "").split(",") if name]
AMONG = 400  # the seeds that those of each normal run of the tests are chosen from
PARTS = 3  # that workers share
SCENARIOS = ("payday-evening", "evening-traffic", "flash-sale", "short-outage", "weather-station", "night-mail")
STORAGE = (FULL, LOCKED, REPEATED)
SERVERS = ("kubernetes", "cloudwatch", "ssm")
CALLED = {ITSELF: "responder killed", "lost": "answers to writes lost", "late": "answers late", "pages": "proxy pages"}
CALLED |= {server: f"{server} server killed" for server in SERVERS}
WRONG = ("written twice", "lost", "stuck", "wrong end")  # kinds of what must not be
EVENTS = 70  # of a run, about
HONEST = ("escalated", "tools_unavailable")  # where the tools were away for all of its tries: said, and nothing forged


@dataclass
class Ended:
    """What one run came to: its end and writes, and the blows that fell."""

    name: str
    seed: int
    told: dict[str, Any] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    blows: Counter[str] = field(default_factory=Counter)
    words: list[str] = field(default_factory=list)

    @property
    def end(self) -> tuple[str, str]:
        return self.told.get("status", ""), self.told.get("reason", "")


@cache
def promise_of(name: str) -> tuple[tuple[str, str], int]:
    """How it ends undisturbed, and how many writes that takes."""
    expected = scenario.load(name).expected
    assert expected is not None
    return (expected.end.outcome, expected.end.reason), expected.end.writes


def blows(dice: random.Random) -> list[list[tuple[int, str]]]:
    """For each life of the responder the blows that fall: two lives in three end with one, the last one is spared."""
    lives = []
    for _ in range(dice.choice((0, 1, 1, 2, 2, 3))):
        life = [(dice.randint(1, EVENTS), ITSELF)]
        if dice.random() < 0.4:
            life.append((dice.randint(1, life[0][0]), dice.choice(SERVERS)))
        lives.append(life)
    for life in lives:
        if dice.random() < 0.3:
            life.append((dice.randint(1, life[0][0]), dice.choice(STORAGE)))
    last = [(dice.randint(1, EVENTS), dice.choice(SERVERS)) for _ in range(dice.choice((0, 1, 1, 2)))]
    if dice.random() < 0.1:
        last.append((dice.randint(5, EVENTS), HANGS + dice.choice(SERVERS)))
    last += [(dice.randint(2, EVENTS), what) for what in (LOCKED, REPEATED) if dice.random() < 0.3]
    return [*lives, last]


def seeds(runs: int) -> list[int]:
    """The first `runs` seeds of the wanted scenarios; those that the environment names before all others."""
    candidates = (seed for seed in count(SEED * 1000) if not ONLY or random.Random(seed).choice(SCENARIOS) in ONLY)
    return EXACTLY or list(islice(candidates, runs))


def draw_plan(seed: int) -> tuple[str, Trouble, list[list[tuple[int, str]]]]:
    """The scenario of a seed, the trouble on the ways to its APIs, and the blows of each life of the responder."""
    dice = random.Random(seed)
    name = dice.choice(SCENARIOS)
    trouble = Trouble(seed, *dice.choice([(0.0, 0.0, 0.0), (0.05, 0.0, 0.3), (0.15, 0.02, 0.3), (0.3, 0.0, 0.0)]))
    trouble.conflicts, trouble.throttled = dice.choice([(0.0, 0.0), (0.3, 0.0), (0.0, 0.03), (0.3, 0.02)])
    return name, trouble, blows(dice)


def disturbances(seed: int) -> set[str]:
    _, trouble, lives = draw_plan(seed)
    befalling = {HANGS if what.startswith(HANGS) else what for life in lives for _, what in life}
    return befalling | {what for what in trouble.made if getattr(trouble, what)}


def few() -> list[int]:
    """Seeds that between them meet every disturbance in runs that write (most of what is not yet met for each life),
    and the one of a run that writes nothing with the fewest lives, which costs least."""
    pool = [seed for seed in seeds(AMONG) if promise_of(draw_plan(seed)[0])[1]]
    by_seed = {seed: disturbances(seed) for seed in pool}
    left, selection = set[str]().union(*by_seed.values()), list[int]()
    while left:
        selection.append(max(pool, key=lambda seed: len(by_seed[seed] & left) / (1 + len(draw_plan(seed)[2]))))
        left -= by_seed[selection[-1]]
    writing_nothing = [seed for seed in seeds(AMONG) if not promise_of(draw_plan(seed)[0])[1]]
    return [*selection, *sorted(writing_nothing, key=lambda seed: len(draw_plan(seed)[2]))[:1]]


async def chaotic(stage: Open, seed: int) -> Ended:
    name, trouble, lives = draw_plan(seed)
    end = Ended(name, seed)
    with ExitStack() as stack:
        it = stack.enter_context(stage(end.name))
        alarm = it.alarm()
        kubeconfig = stack.enter_context(kubeconfig_through(it.lab.endpoints.kubeconfig, it.folder, trouble))
        aws = stack.enter_context(way(it.lab.endpoints.aws, trouble))
        arguments = [
            it.lab.endpoints.model_dump_json(),
            str(it.folder / f"state-{seed}"),
            str(kubeconfig),
            aws,
            json.dumps(alarm),
        ]
        for life in lives:
            command = [sys.executable, "-m", "tests.incidents.disturbed", *arguments, json.dumps(life)]
            process = await anyio.run_process(command, check=False)
            lines = process.stdout.decode().splitlines()
            hits = [line.rpartition(": ")[2] for line in lines if not line.startswith("{")]
            end.blows.update(what.partition(":")[0] if what.startswith(HANGS) else what for what in hits)
            end.words += [*lines, process.stderr.decode()[-2000:]]
            gave_up = process.returncode and FULL in hits  # as a command on a full disk does: it is taken up later
            if process.returncode != -signal.SIGKILL and not gave_up:
                assert process.returncode == 0, f"seed {seed}: {end.words}"
                end.told = json.loads(lines[-1])
                break
    end.written = list(trouble.written)
    end.blows.update({what: count for what, count in trouble.made.items() if count})
    return end


def wrong(run_end: Ended) -> tuple[str, str]:
    """What must not be: of which kind it is, and in words; both empty where all is well."""
    end, writes = promise_of(run_end.name)
    if run_end.told["open"]:
        return "stuck", "the incident is still open"
    if run_end.told["dead"] or run_end.told["incidents"] != 1:
        return "lost", f"dead letters {run_end.told['dead']}, {run_end.told['incidents']} incidents of one signal"
    if len(run_end.written) != len(set(run_end.written)) or len(run_end.written) > max(writes, 0):
        return "written twice", f"written more than once: {run_end.written}"
    done = run_end.told["writes"].count("done")
    if done > len(run_end.written):
        return "written twice", f"{done} writes are told as done, {len(run_end.written)} were made"
    if run_end.end == HONEST:
        return ("", "") if run_end.told["gaps"] else ("wrong end", "tools were away, and no gap says so")
    if run_end.end != end:
        return "wrong end", f"ended {run_end.end} and not {end}"
    return (
        ("", "") if len(run_end.written) == writes else ("wrong end", f"{len(run_end.written)} writes and not {writes}")
    )


def cpu_seconds() -> float:
    """CPU seconds of this process and of all those that it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


async def many(stage: Open, selection: Sequence[int]) -> None:
    began, results = cpu_seconds(), []
    for seed in selection:
        one = await chaotic(stage, seed)
        results.append(one)
        print(f"seed {seed} {one.name}: {'/'.join(one.end)} {dict(one.blows)} {' '.join(wrong(one))}", flush=True)
    print(table(results, (cpu_seconds() - began) / len(selection)))
    bad = [f"seed {one.seed} {one.name}: {wrong(one)}; {one.words} {one.told}" for one in results if wrong(one)[0]]
    assert not bad, "\n".join(bad)
    honest = [one for one in results if one.end == HONEST]
    assert len(honest) <= max(1, len(selection) // 50), [
        (one.seed, one.name, one.blows, one.told["gaps"]) for one in honest
    ]


def table(results: Sequence[Ended], each: float) -> str:
    """What was done to the runs and what came of it; `each` are the CPU seconds of one."""
    ends, kinds = Counter("/".join(one.end) for one in results), Counter(wrong(one)[0] for one in results)
    hits = sum((one.blows for one in results), Counter[str]())
    befell = [(CALLED.get(what, what), count) for what, count in sorted(hits.items())]
    rows = [("runs", len(results)), *befell, *sorted(ends.items())]
    rows += [(kind, kinds[kind]) for kind in WRONG]
    lines = [f"{what:<32}{count:>8}" for what, count in rows]
    return "\n".join(["", f"chaos, seed {SEED}, {each:.1f} CPU s a run", *lines])


@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(PARTS))
async def test_every_disturbance_leaves_the_end_as_it_was_and_every_write_made_once(stage: Open, part: int) -> None:
    await many(stage, few()[part::PARTS])


@pytest.mark.long
@pytest.mark.timeout(14_400)
async def test_hundreds_of_disturbed_runs_end_as_undisturbed_ones_with_every_write_made_once(stage: Open) -> None:
    await many(stage, seeds(RUNS))
