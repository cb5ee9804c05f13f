"""The three streams of a program, and how long it waits."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sre_lab.containers.environment import ContainerEnvironment
from sre_lab.kubernetes.kubelets import ReadChunk, Write
from sre_lab.kubernetes.watch_requests import STEP


@dataclass(frozen=True)
class ProgramStreams:
    """`read` gives the next piece of input, empty at its end; `out` and `err` take bytes."""

    env: ContainerEnvironment
    read: ReadChunk
    out: Write
    err: Write

    async def say(self, text: str) -> None:
        await self.out(text.encode())

    async def complain(self, text: str) -> None:
        await self.err(f"{text}\n".encode())

    async def rest(self) -> bytes:
        """All the input that is left."""
        content = b""
        while piece := await self.read():
            content += piece
        return content


async def wait(env: ContainerEnvironment, seconds: float) -> None:
    """Let the world's time pass, however that clock moves."""
    clock = env.world.clock
    over = asyncio.Event()
    scheduled = clock.after(seconds, over.set)
    try:
        while not over.is_set():
            try:
                await asyncio.wait_for(over.wait(), STEP if clock.follows_wall else None)
            except TimeoutError:
                clock.catch_up()
    finally:
        scheduled.cancel()
