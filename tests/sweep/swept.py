"""Sweeps over a lab's world within this process: the servers answer in memory, and the test moves the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sre_agent.compose import Runtime, open_runtime
from sre_agent.domain.sweep import Sweep
from sre_agent.notify.console import SilentNotifier
from sre_agent.settings import Settings
from sre_lab import history, scenario
from sre_lab.world import World
from tests.worlds.running import MOMENT, Ground, WorldClock

R = TypeVar("R")
CALM = str(Path(__file__).with_name("calm.yaml"))  # two programs that are well


@dataclass
class SweptLab:
    """`world` is the scenario's, at `clock`."""

    world: World
    settings: Settings
    clock: WorldClock

    def run(self, work: Callable[[Runtime], Awaitable[R]]) -> R:
        async def opened() -> R:
            async with open_runtime(self.settings, clock=self.clock, notifier=SilentNotifier()) as runtime:
                return await work(runtime)

        return asyncio.run(opened())

    def sweep(self, namespace: str = "", **options: Any) -> Sweep:
        return self.run(lambda runtime: runtime.sweeper.sweep(namespace, **options))


@contextmanager
def lab(ground: Ground, source: str, folder: Path, **overrides: Any) -> Iterator[SweptLab]:
    world = history.build(scenario.load(source), now=MOMENT)
    with ground.serving(world, folder) as (settings, clock):
        yield SweptLab(world, settings.model_copy(update=overrides), clock)
