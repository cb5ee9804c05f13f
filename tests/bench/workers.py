"""Worker processes over one store and queue: what 1, 2 and 4 of them work off, and the share of the emulator in it.

The graph of these incidents has one step that does nothing: what is measured is what every incident costs in store,
queue, leases and checkpoints, not what an investigation costs. With `BENCH_ENDPOINT` the engines of AWS are asked there
(LocalStack and the like) instead of in moto; how much of the work is theirs is not known then.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Final

from sre_agent.settings import Settings
from tests.bench.figures import Figure
from tests.storm.emulator import Emulator, emulator
from tests.storm.run import StormResult, in_moto, storm

SQLITE, AWS = 200, 40  # incidents
PROCESSES: Final = (1, 2, 4)
ENDPOINT: Final = os.environ.get("BENCH_ENDPOINT", "")


def figures() -> Iterator[Figure]:
    for count in PROCESSES:
        with tempfile.TemporaryDirectory() as folder:
            result = _run(Settings(state_dir=Path(folder)), folder, SQLITE, count)
        yield _rate(f"SQLite: incidents a second, {count} worker processes", result, 10)
    open_engines: Callable[[], AbstractContextManager[Emulator | None]] = nullcontext if ENDPOINT else emulator
    for count in PROCESSES:
        with tempfile.TemporaryDirectory() as folder, open_engines() as aws:
            settings = in_moto(Path(folder), aws.address if aws is not None else ENDPOINT)
            before = aws.spent() if aws is not None else 0.0
            result = _run(settings, folder, AWS, count)
            emulator_seconds = aws.spent() - before if aws is not None else 0.0
        engines = "moto" if aws is not None else ENDPOINT
        yield _rate(f"AWS' engines at {engines}: incidents a second, {count} worker processes", result, 0.5)
        if aws is not None:
            share = 100 * emulator_seconds / (emulator_seconds + result.spent)
            yield Figure("of the processor time, the emulator's share", share, "%", 100)


def _run(settings: Settings, folder: str, count: int, workers: int) -> StormResult:
    return asyncio.run(storm(settings, Path(folder), count=count, workers=workers))


def _rate(what: str, result: StormResult, least: float) -> Figure:
    return Figure(what, result.incidents / result.seconds, "/s", least, "≥")
