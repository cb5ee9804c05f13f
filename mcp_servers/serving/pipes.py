"""A client's messages over the pipes that it started the server with, read and written by the event loop itself.

The SDK reads each line on a thread, and writes and flushes each answer on one: that took a third of a call. A pipe says
when it can be read or written, so that no thread has to wait for it. Terminals and files stay with the SDK.
"""

from __future__ import annotations

import asyncio
import os
import select
import stat
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Self

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

if sys.platform != "win32":
    import fcntl

CHUNK: Final = 262_144  # bytes that are read at once
MOST_LINES: Final = 1_000  # that wait here; the client is read no further meanwhile
LAST_SECONDS: Final = 2.0  # that a client gets to take its last answers
INPUT, OUTPUT, ERRORS = range(3)


def are_available() -> bool:
    """Whether a client holds the other ends of standard input and output, by pipes or sockets."""
    try:
        modes = [os.fstat(number).st_mode for number in (INPUT, OUTPUT)]
    except OSError:
        return False
    return sys.platform != "win32" and all(stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) for mode in modes)


@contextmanager
def client_streams() -> Iterator[tuple[MessageReader, MessageWriter]]:
    """The client's messages and the way back to it, as the SDK takes them, while the event loop runs.

    Meanwhile standard input is empty and standard output is standard error: what a library prints, or a process that it
    starts reads, is not the client's.
    """
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        with _divert(INPUT, nothing) as source, _divert(OUTPUT, ERRORS) as target:
            reader, writer = MessageReader(source), MessageWriter(target)
            try:
                yield reader, writer
            finally:
                reader.close()
                writer.close()
    finally:
        os.close(nothing)


@contextmanager
def _divert(number: int, stand_in: int) -> Iterator[int]:
    """Another number for what has `number`, which means `stand_in` meanwhile."""
    duplicate = fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, ERRORS + 1)
    os.dup2(stand_in, number)
    try:
        yield duplicate
    finally:
        os.dup2(duplicate, number)
        os.close(duplicate)


class _Stream:
    """What the SDK asks of a stream beside its messages."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        raise NotImplementedError


class MessageReader(_Stream):
    """Messages one a line; one that cannot be read comes as its exception, as the SDK expects it."""

    def __init__(self, source: int) -> None:
        self._source, self._loop = source, asyncio.get_running_loop()
        self._lines: deque[bytes] = deque()
        self._rest = bytearray()  # of a line that has not ended
        self._more = asyncio.Event()
        self._has_ended = self._is_closed = self._listens = False
        self._listen()

    def __aiter__(self) -> MessageReader:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def receive(self) -> SessionMessage | Exception:
        """Raises anyio's EndOfStream once the client has closed its end, and ClosedResourceError after `close`."""
        while not self._lines:
            if self._is_closed:
                raise anyio.ClosedResourceError
            if self._has_ended:
                raise anyio.EndOfStream
            self._more.clear()
            self._listen()
            await self._more.wait()
        try:
            return SessionMessage(jsonrpc_message_adapter.validate_json(self._lines.popleft(), by_name=False))
        except ValueError as problem:
            return problem

    async def aclose(self) -> None:
        self.close()

    def close(self) -> None:
        self._pause()
        self._is_closed = True
        self._more.set()

    def _listen(self) -> None:
        if not (self._listens or self._is_closed):
            self._loop.add_reader(self._source, self._read)
            self._listens = True

    def _pause(self) -> None:
        if self._listens:
            self._loop.remove_reader(self._source)
            self._listens = False

    def _read(self) -> None:
        """What has come; called when there is something, and so never waits."""
        try:
            part = os.read(self._source, CHUNK)
        except OSError:
            part = b""  # as from a client that is gone
        first, *others = part.split(b"\n")
        self._rest += first
        for line in others:
            self._lines.append(bytes(self._rest))
            self._rest = bytearray(line)
        if not part:
            self._has_ended = True
            self._lines.extend([bytes(self._rest)] if self._rest else [])
        if not part or len(self._lines) >= MOST_LINES:
            self._pause()
        self._more.set()


class MessageWriter(_Stream):
    """Answers one a line, each whole and in order, whatever becomes of the call that it answers."""

    def __init__(self, target: int) -> None:
        self._target, self._loop = target, asyncio.get_running_loop()
        self._room = select.poll()
        self._room.register(target, select.POLLOUT)
        self._waiting = bytearray()
        self._sent = asyncio.Event()
        self._is_closed = self._listens = False

    async def send(self, item: SessionMessage, /) -> None:
        """Returns when everything is sent. Raises anyio's BrokenResourceError when the client takes nothing more."""
        line = item.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n"
        if self._is_closed:
            raise anyio.BrokenResourceError
        self._waiting += line
        self._write()
        if self._waiting:
            self._sent.clear()
            await self._sent.wait()

    async def aclose(self) -> None:
        if self._waiting:  # of calls that were given up
            with anyio.move_on_after(LAST_SECONDS, shield=True):
                await self._sent.wait()
        self.close()

    def close(self) -> None:
        self._pause()
        self._is_closed = True
        self._waiting.clear()
        self._sent.set()

    def _write(self) -> None:
        """As much as there is room for: a pipe that can be written takes PIPE_BUF bytes without waiting."""
        try:
            while self._waiting and self._room.poll(0):
                del self._waiting[: os.write(self._target, self._waiting[: select.PIPE_BUF])]
        except OSError:
            self.close()
        if not self._waiting:
            self._pause()
            self._sent.set()
        elif not self._listens:
            self._loop.add_writer(self._target, self._write)
            self._listens = True

    def _pause(self) -> None:
        if self._listens:
            self._loop.remove_writer(self._target)
            self._listens = False
