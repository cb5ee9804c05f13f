"""Worker processes over one store and queue: what 1, 2 and 4 of them work off, and the share of the emulator in it.

The graph of these incidents has one step that does nothing: what is measured is what every incident costs in store,
queue, leases and checkpoints, not what an investigation costs.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sre_agent.settings import Settings
from tests.bench.figures import Figure
from tests.storm.emulator import emulator
from tests.storm.run import StormResult, in_moto, storm

SQLITE, AWS = 400, 100  # incidents
PROCESSES = (1, 2, 4)


def figures() -> Iterator[Figure]:
    for count in PROCESSES:
        with tempfile.TemporaryDirectory() as folder:
            result = _run(Settings(state_dir=Path(folder)), folder, SQLITE, count)
        yield _rate(f"SQLite: incidents a second, {count} worker processes", result, 10)
    for count in PROCESSES:
        with tempfile.TemporaryDirectory() as folder, emulator() as aws:
            settings = in_moto(Path(folder), aws.address)
            before = aws.spent()
            result = _run(settings, folder, AWS, count)
            emulated = aws.spent() - before
        yield _rate(f"AWS' engines in moto: incidents a second, {count} worker processes", result, 0.5)
        share = 100 * emulated / (emulated + result.spent)
        yield Figure("of the processor time, the emulator's share", share, "%", 100)


def _run(settings: Settings, folder: str, count: int, workers: int) -> StormResult:
    return asyncio.run(storm(settings, Path(folder), count=count, workers=workers))


def _rate(what: str, result: StormResult, least: float) -> Figure:
    return Figure(what, result.incidents / result.seconds, "/s", least, "≥")
