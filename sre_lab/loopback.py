"""One ASGI application on a loopback port of its own, as one of several in the same loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

HOST = "127.0.0.1"
BACKLOG = 128
IDLE_SECONDS = 75  # a client that takes up its connection again must not meet one that is just being closed


class LoopbackServer(uvicorn.Server):
    """Holds its port from the start; leaves the process's signals alone; `up` is set when it answers.

    It sends no Date header: the applications of the lab date their answers themselves.
    """

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                lifespan="off",
                ws="websockets-sansio",  # kubectl exec asks for one; the API refuses it, not a dead connection
                server_header=False,
                date_header=False,
                timeout_keep_alive=IDLE_SECONDS,
            )
        )
        self.up = asyncio.Event()
        self._stopping = asyncio.Event()
        # Named TCP, or asyncio would leave Nagle's algorithm on: 40 ms for each answer.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind((HOST, 0))
        self._socket.listen(BACKLOG)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._socket.getsockname()[1]}"

    async def run_until_stopped(self) -> None:
        await self.serve(sockets=[self._socket])

    def stop(self) -> None:
        """End within a tenth of a second; open watches and long polls are cut."""
        self.should_exit = self.force_exit = True
        self._stopping.set()

    async def main_loop(self) -> None:
        await self._stopping.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()
