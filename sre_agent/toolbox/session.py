"""One MCP session, owned by one task of its own: opened at the first call, kept open, opened again when it broke.

The task that opens a client has to close it, and a server that dies cancels the task that owns its client. So callers
never own one: they wait for the owner to be ready and then call through.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult

from sre_agent.errors import ToolsUnavailableError


@dataclass(frozen=True)
class ServerAddress:
    """Where a server is: a `command` to start it over stdio (with exactly this `environment`), or a `url`.

    What a started server says on standard error is appended to `log`.
    """

    name: str
    command: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    url: str = ""
    log: Path = Path(os.devnull)


class Session:
    """`call` is safe from many tasks at once. Nothing is started before the first call."""

    def __init__(self, address: ServerAddress, *, connect_seconds: float, call_seconds: float) -> None:
        self.address = address
        self._connect_seconds = connect_seconds
        self._call_seconds = call_seconds
        self._opening: asyncio.Future[Client] | None = None
        self._owner: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    async def call(self, tool: str, arguments: dict[str, Any]) -> CallToolResult:
        """The server's answer, its own errors included. ToolsUnavailableError when there is no answer to be had."""
        client = await self._client()
        try:
            async with asyncio.timeout(self._call_seconds):
                return await client.call_tool(tool, arguments)
        except TimeoutError as problem:
            raise ToolsUnavailableError(
                f"{self.address.name} did not answer {tool} within {self._call_seconds:.0f} s."
            ) from problem
        except (MCPError, OSError, RuntimeError) as problem:
            await self.close()
            raise ToolsUnavailableError(
                f"The {self.address.name} server went away during {tool}: {problem}"
            ) from problem

    async def close(self) -> None:
        """End the session and its process; the next call opens a new one."""
        owner, self._owner, self._opening = self._owner, None, None
        if owner is None:
            return
        self._closing.set()
        with contextlib.suppress(asyncio.CancelledError, TimeoutError):
            async with asyncio.timeout(5):
                await asyncio.shield(owner)
        owner.cancel()

    async def _client(self) -> Client:
        if self._owner is None or self._owner.done() or self._opening is None:
            self._closing = asyncio.Event()
            self._opening = asyncio.get_running_loop().create_future()
            self._owner = asyncio.create_task(
                self._own(self._opening, self._closing), name=f"mcp session {self.address.name}"
            )
        try:
            async with asyncio.timeout(self._connect_seconds):
                return await asyncio.shield(self._opening)
        except TimeoutError as problem:
            await self.close()
            raise ToolsUnavailableError(
                f"The {self.address.name} server did not start within {self._connect_seconds:.0f} s."
            ) from problem

    async def _own(self, opening: asyncio.Future[Client], closing: asyncio.Event) -> None:
        try:
            with self.address.log.open("a", encoding="utf-8") as errors:
                async with Client(self._transport(errors)) as client:
                    opening.set_result(client)
                    await closing.wait()
        except asyncio.CancelledError:
            if not opening.done():
                opening.cancel()
            raise
        except Exception as problem:  # noqa: BLE001 - the tool door: whatever breaks a session becomes one error
            if not opening.done():
                opening.set_exception(
                    ToolsUnavailableError(f"The {self.address.name} server cannot start: {_cause(problem)}")
                )
                opening.exception()  # looked at here, in case that nobody waits any more

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
