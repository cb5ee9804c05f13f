"""What the API server asks the nodes' kubelets: resource usage, log lines, and commands run in containers.

The server knows only this form. What containers really do lies above it, and is handed to `api.app`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from sre_lab.objects.store import Obj
from sre_lab.world import World

Usage = Callable[[World, Obj], dict[str, tuple[int, int]]]  # container -> (nanocores, bytes)
Write = Callable[[bytes], Awaitable[None]]
ReadChunk = Callable[[], Awaitable[bytes]]  # empty at the end


class CommandStartError(Exception):
    """The container runtime cannot start the command; the message is its own."""


class ContainerCommands(Protocol):
    """The containers of one world, as somebody enters them."""

    async def run(
        self, pod: Obj, spec: Obj, restarts: int, words: list[str], read: ReadChunk, out: Write, err: Write
    ) -> int:
        """The exit code of the command in the container of `spec`; CommandStartError when it has no such program."""
        ...


@dataclass(frozen=True)
class KubeletCalls:
    usage: Usage
    write_logs: Callable[[World], None]  # brings every container's log up to now
    containers: Callable[[World], ContainerCommands]


async def no_input() -> bytes:
    """The input of a command that has none."""
    return b""
