"""One MCP session, owned by one task of its own: opened at the first call, kept open, opened again when it broke.

The task that opens a client has to close it, and a server that dies cancels the task that owns its client. So callers
never own one: they wait for the owner to be ready and then call through.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, Tool

from mcp_servers.contract import private_files
from sre_agent.errors import ToolsUnavailableError
from sre_agent.toolbox.readers.standing_in import StandIn

CLOSE_SECONDS = 5.0
PING_SECONDS = 2.0


@dataclass(frozen=True)
class ServerAddress:
    """Where a server is: a `command` to start it over stdio (with exactly this `environment`), or a `url`.

    What a started server says on standard error is appended to `log`. A server of others has a `stand_in`.
    """

    name: str
    command: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    url: str = ""
    stand_in: StandIn | None = None
    log: Path = Path(os.devnull)


class _Opened:
    """One attempt at a session: its owner's task, the client once it is there, and the wish that it may end."""

    def __init__(self, own: Callable[[_Opened], Coroutine[Any, Any, None]], name: str) -> None:
        self.client: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        self.closing = asyncio.Event()
        self.owner = asyncio.create_task(own(self), name=f"mcp session {name}")

    def failed(self, problem: ToolsUnavailableError) -> None:
        if not self.client.done():
            self.client.set_exception(problem)
            self.client.exception()  # looked at here, in case that nobody waits any more


class Session:
    """`call` is safe from many tasks at once. Nothing is started before the first call."""

    def __init__(self, address: ServerAddress, *, connect_seconds: float, call_seconds: float) -> None:
        self.address = address
        self._connect_seconds = connect_seconds
        self._call_seconds = call_seconds
        self._opened: _Opened | None = None
        self._ending: set[asyncio.Task[None]] = set()

    async def call(self, tool: str, arguments: dict[str, Any]) -> CallToolResult:
        """The server's answer, its own errors included. ToolsUnavailableError when there is no answer to be had."""
        opened = self._current()
        client = await self._client(opened)
        try:
            async with asyncio.timeout(self._call_seconds):
                return await client.call_tool(tool, arguments)
        except TimeoutError as problem:
            await self._retire_if_silent(opened, client)
            raise ToolsUnavailableError(
                f"{self.address.name} did not answer {tool} within {self._call_seconds:.0f} s."
            ) from problem
        except (MCPError, OSError, RuntimeError) as problem:
            self._retire(opened)
            raise ToolsUnavailableError(
                f"The {self.address.name} server went away during {tool}: {problem}"
            ) from problem

    async def tools(self) -> list[Tool]:
        """What the server offers. ToolsUnavailableError as for `call`."""
        opened = self._current()
        client = await self._client(opened)
        try:
            async with asyncio.timeout(self._call_seconds):
                return list((await client.list_tools()).tools)
        except (TimeoutError, MCPError, OSError, RuntimeError) as problem:
            raise ToolsUnavailableError(
                f"The {self.address.name} server does not list its tools: {problem}"
            ) from problem

    async def close(self) -> None:
        """End the session and its process; the next call opens a new one."""
        if self._opened is not None:
            self._retire(self._opened)
        ending = set(self._ending)
        if ending:
            _, late = await asyncio.wait(ending, timeout=CLOSE_SECONDS)
            for task in late:
                task.cancel()

    def _current(self) -> _Opened:
        if self._opened is None or self._opened.owner.done():
            self._opened = _Opened(self._own, self.address.name)
        return self._opened

    async def _client(self, opened: _Opened) -> Client:
        try:
            async with asyncio.timeout(self._connect_seconds):
                return await asyncio.shield(opened.client)
        except TimeoutError as problem:
            self._retire(opened)
            raise ToolsUnavailableError(
                f"The {self.address.name} server did not start within {self._connect_seconds:.0f} s."
            ) from problem

    def _retire(self, opened: _Opened) -> None:
        """Let this session end, whoever opened another one since; what is under way in it breaks with it."""
        if self._opened is opened:
            self._opened = None
        opened.failed(ToolsUnavailableError(f"The {self.address.name} server was given up while it started."))
        opened.closing.set()
        if not opened.owner.done():
            self._ending.add(opened.owner)
            opened.owner.add_done_callback(self._ending.discard)

    async def _retire_if_silent(self, opened: _Opened, client: Client) -> None:
        """A slow tool is no dead server: only one that does not even answer a ping is replaced."""
        try:
            async with asyncio.timeout(PING_SECONDS):
                await client.list_tools()
        except (TimeoutError, MCPError, OSError, RuntimeError):
            self._retire(opened)

    async def _own(self, opened: _Opened) -> None:
        opening = asyncio.create_task(self._hold(opened))
        closing = asyncio.create_task(opened.closing.wait())
        try:
            await asyncio.wait({opening, closing}, return_when=asyncio.FIRST_COMPLETED)
            if not opening.done() and not opened.client.done():
                opening.cancel()
            if opened.client.done() and opened.client.exception() is not None:
                opening.cancel()
            await asyncio.wait({opening})
        finally:
            opening.cancel()
            closing.cancel()

    async def _hold(self, opened: _Opened) -> None:
        """Inside one task: the client is opened, kept until it may end, and closed."""
        try:
            with private_files.appended(self.address.log) as errors:
                async with Client(self._transport(errors)) as client:
                    if not opened.client.done():
                        opened.client.set_result(client)
                    await opened.closing.wait()
        except Exception as problem:  # noqa: BLE001 - the tool door: whatever breaks a session becomes one error
            opened.failed(ToolsUnavailableError(f"The {self.address.name} server cannot start: {_cause(problem)}"))

    def _transport(self, errors: TextIO) -> Any:
        if self.address.url:
            return self.address.url
        command, *arguments = self.address.command
        server = StdioServerParameters(command=command, args=arguments, env=dict(self.address.environment))
        return stdio_client(server, errlog=errors)


def _cause(problem: BaseException) -> str:
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return f"{type(problem).__name__}: {problem}" if str(problem) else type(problem).__name__
