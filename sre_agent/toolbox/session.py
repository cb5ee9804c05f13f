"""One MCP session, owned by one task of its own: opened at the first call, kept open, opened again when it broke.

The task that opens a client has to close it, and a server that dies cancels the task that owns its client. So callers
never own one: they wait for the owner to be ready and then call through.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, TextIO, cast

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, RequestParamsMeta, Tool

from mcp_servers.contract import calls, private_files, request_spans
from mcp_servers.contract.refusals import Code
from sre_agent import trace
from sre_agent.clock import Clock, SystemClock
from sre_agent.errors import SreAgentError, ToolsUnavailableError
from sre_agent.toolbox.address import ServerAddress
from sre_agent.toolbox.babble import sensible
from sre_agent.toolbox.http_transport import HttpTrouble, over_http
from sre_agent.toolbox.server_health import ServerHealth, left_alone, server_breaker

CLOSE_SECONDS = 5.0
PING_SECONDS = 2.0
GRACE_SECONDS = 5.0  # that a server has for its answer after it said something that is not MCP
START_GRACE_SECONDS = 20.0  # the same at its start, where many print a banner
TELL_SECONDS = 5.0  # of waiting for a start, after which it is told
CONNECTION_ERRORS = (MCPError, OSError, anyio.ClosedResourceError, anyio.BrokenResourceError)


class _Opened:
    """One attempt at a session: its owner's task, the client once it is there, and the wish that it may end."""

    def __init__(self, own: Callable[[_Opened], Coroutine[Any, Any, None]], name: str) -> None:
        self.client: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        self.closing = asyncio.Event()
        self.is_counted = False  # among the failures of its server
        self.babble = asyncio.Event()  # it said something that is not MCP
        self.environment: dict[str, str] | None = None  # of a process that was started with what secrets were then
        self.owner = asyncio.create_task(own(self), name=f"mcp session {name}")

    @property
    def is_over(self) -> bool:
        """Whether it ended, or never began: its owner may still be about to notice."""
        failed = self.client.done() and (self.client.cancelled() or self.client.exception() is not None)
        return self.owner.done() or failed

    async def on_message(self, message: object) -> None:
        """What comes from the server beside its answers; what cannot be parsed comes as an exception."""
        if isinstance(message, Exception):
            self.babble.set()

    def failed(self, problem: ToolsUnavailableError) -> None:
        if not self.client.done():
            self.client.set_exception(problem)
            self.client.exception()  # looked at here, in case that nobody waits any more


class Session:
    """`call` is safe from many tasks at once. Nothing is started before the first call, or before `start`.

    `on_wait` is called with the server's name when a call has waited for its start for a while. A server whose sessions
    keep breaking is left alone for a while: calls fail at once, until one new session finds out whether it is back.
    """

    def __init__(
        self,
        address: ServerAddress,
        *,
        connect_seconds: float,
        call_seconds: float,
        on_wait: Callable[[str], None] = lambda name: None,
        clock: Clock | None = None,
    ) -> None:
        self.address = address
        self._clock = clock or SystemClock()
        self._breaker = server_breaker()
        self._why = ""
        self._trouble = HttpTrouble()
        self._process_environment = dict(address.environment)  # with what secrets are when a process is started
        self._no_session: Code = "no_connection" if address.url else "not_started"
        self._connect_seconds = connect_seconds
        self._call_seconds = call_seconds
        self._on_wait = on_wait
        self._connection: _Opened | None = None
        self._ending: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to open the session, and wait for nothing: whoever calls later finds it open, or opening. A server that
        is left alone stays so."""
        with contextlib.suppress(ToolsUnavailableError):
            self._current()

    def health(self) -> ServerHealth:
        """From any thread."""
        connection, breaker = self._connection, self._breaker
        health = ServerHealth(self.address.name, "idle", breaker.failures, self._why, breaker.until)
        if breaker.until is not None or (breaker.failures and (connection is None or connection.is_over)):
            return replace(health, state="failing")
        if connection is None or connection.is_over:
            return health
        return replace(health, state="up" if connection.client.done() else "starting")

    async def call(self, tool: str, arguments: dict[str, Any], *, incident: str = "") -> CallToolResult:
        """The server's answer, its own errors included. ToolsUnavailableError when there is no answer to be had: its
        code is `not_started` (`no_connection` where it runs elsewhere), `silent`, `died` or `not_mcp`, and but for
        `silent` the next call opens a new session."""
        await self._end_if_rotated()
        connection = self._current()
        client = await self._client(connection)
        name = self.address.name
        self._trouble.forget()
        try:
            async with asyncio.timeout(self._call_seconds), sensible(connection.babble, GRACE_SECONDS):
                result = await client.call_tool(self.address.tool_prefix + tool, arguments, meta=self._meta(incident))
            self._breaker.succeeded()
            self._why = ""
            if self.address.stand_in is None:
                trace.adopt(request_spans.of_result(result.meta))
            return result
        except TimeoutError as problem:
            message = f"The {name} MCP server did not answer {tool} within {self._call_seconds:.0f} s."
            await self._retire_if_silent(connection, client, message)
            raise ToolsUnavailableError(message, code="silent") from problem
        except CONNECTION_ERRORS as problem:
            message = f"The {name} MCP server went away during {tool}: {self._trouble.beside(problem)}"
            self._broke(connection, message)
            raise ToolsUnavailableError(message, code="died") from problem
        except (RuntimeError, ValueError) as problem:  # the client's own words for an answer that is none
            message = f"The {name} MCP server answered {tool} with something that is not MCP: {problem}"
            self._broke(connection, message)
            raise ToolsUnavailableError(message, code="not_mcp") from problem

    async def tools(self) -> list[Tool]:
        """What the server offers. ToolsUnavailableError as for `call`."""
        connection = self._current()
        client = await self._client(connection)
        try:
            async with asyncio.timeout(self._call_seconds):
                tools = (await client.list_tools()).tools
        except (TimeoutError, *CONNECTION_ERRORS, RuntimeError, ValueError) as problem:
            message = f"The {self.address.name} MCP server does not list its tools: {problem}"
            raise ToolsUnavailableError(message, code="died") from problem
        prefix = self.address.tool_prefix
        return [
            tool.model_copy(update={"name": tool.name.removeprefix(prefix)})
            for tool in tools
            if tool.name.startswith(prefix)
        ]

    async def close(self) -> None:
        """End the session and its process; the next call opens a new one."""
        if self._connection is not None:
            self._retire(self._connection)
        ending = set(self._ending)
        if ending:
            _, late = await asyncio.wait(ending, timeout=CLOSE_SECONDS)
            for task in late:
                task.cancel()

    async def _end_if_rotated(self) -> None:
        """A server that was started with a secret that is another one by now is started anew."""
        connection = self._connection
        if connection is not None and connection.environment is not None:
            with contextlib.suppress(SreAgentError):  # what was read last stays in use
                if await self._environment() != connection.environment:
                    self._retire(connection)

    async def _environment(self) -> dict[str, str]:
        """As a process is started with it now. Raises SettingsError and TemporaryError."""
        secrets, environment = self.address.secrets, self.address.environment
        if secrets is None:
            return dict(environment)
        return {name: await secrets.current(value) for name, value in environment.items()}

    def _meta(self, incident: str) -> RequestParamsMeta | None:
        """A server of ours is told for whom it works."""
        is_told = incident and self.address.stand_in is None
        return cast(RequestParamsMeta, {calls.INCIDENT: incident}) if is_told else None

    def _current(self) -> _Opened:
        """Raises ToolsUnavailableError while the server is left alone."""
        if self._connection is None or self._connection.is_over:
            if not self._breaker.admits(self._clock.now()):
                message = left_alone(self.address.name, self._breaker, self._why)
                raise ToolsUnavailableError(message, code=self._no_session)
            self._connection = _Opened(self._own, self.address.name)
        return self._connection

    async def _client(self, connection: _Opened) -> Client:
        telling = asyncio.get_running_loop().call_later(TELL_SECONDS, self._on_wait, self.address.name)
        try:
            async with asyncio.timeout(self._connect_seconds), sensible(connection.babble, START_GRACE_SECONDS):
                return await asyncio.shield(connection.client)
        except ValueError as problem:
            message = f"The {self.address.name} MCP server began with something that is not MCP: {problem}"
            self._broke(connection, message)
            raise ToolsUnavailableError(message, code="not_mcp") from problem
        except TimeoutError as problem:
            message = f"The {self.address.name} MCP server did not start within {self._connect_seconds:.0f} s."
            self._broke(connection, message)
            raise ToolsUnavailableError(message, code=self._no_session) from problem
        finally:
            telling.cancel()

    def _broke(self, connection: _Opened, why: str) -> None:
        """The session is of no use any more. However many calls met that, it is one failure of the server."""
        self._count(connection, why)
        self._retire(connection)

    def _count(self, connection: _Opened, why: str) -> None:
        if not connection.is_counted and not connection.closing.is_set():
            connection.is_counted, self._why = True, why
            self._breaker.failed(self._clock.now())

    def _retire(self, connection: _Opened) -> None:
        """Let this session end, whoever opened another one since; what is under way in it breaks with it."""
        if self._connection is connection:
            self._connection = None
        self._breaker.abandoned()
        message = f"The {self.address.name} MCP server was given up while it started."
        connection.failed(ToolsUnavailableError(message, code=self._no_session))
        connection.closing.set()
        if not connection.owner.done():
            self._ending.add(connection.owner)
            connection.owner.add_done_callback(self._ending.discard)

    async def _retire_if_silent(self, connection: _Opened, client: Client, why: str) -> None:
        """A slow tool is no dead server: only one that does not even answer a ping is replaced."""
        try:
            async with asyncio.timeout(PING_SECONDS):
                await client.list_tools()
        except (TimeoutError, *CONNECTION_ERRORS, RuntimeError, ValueError):
            self._broke(connection, why)

    async def _own(self, connection: _Opened) -> None:
        opening = asyncio.create_task(self._hold(connection))
        closing = asyncio.create_task(connection.closing.wait())
        try:
            await asyncio.wait({opening, closing}, return_when=asyncio.FIRST_COMPLETED)
            if not opening.done() and not connection.client.done():
                opening.cancel()
            if connection.client.done() and connection.client.exception() is not None:
                opening.cancel()
            await asyncio.wait({opening})
        finally:
            opening.cancel()
            closing.cancel()

    async def _hold(self, connection: _Opened) -> None:
        """Inside one task: the client is opened, kept until it may end, and closed."""
        try:
            with private_files.appended(self.address.log) as errors:
                self._process_environment = await self._environment()
                connection.environment = self._process_environment if self.address.secrets is not None else None
                async with Client(self._transport(errors), message_handler=connection.on_message) as client:
                    if not connection.client.done():
                        connection.babble.clear()
                        connection.client.set_result(client)
                        self._breaker.recovering()
                    await connection.closing.wait()
        except Exception as problem:  # noqa: BLE001 - starts, transports and SDK share no error; who waits gets one
            message = self._cannot_open(problem)
            if not connection.client.done():
                self._count(connection, message)
            connection.failed(ToolsUnavailableError(message, code=self._no_session))

    def _cannot_open(self, problem: Exception) -> str:
        name, cause = self.address.name, self._trouble.beside(_cause(problem))
        if self.address.url:
            return f"There is no session with the {name} MCP server at {self.address.url}: {cause}"
        return f"The {name} MCP server cannot start: {cause}"

    def _transport(self, errors: TextIO) -> Any:
        if self.address.here is not None:
            return self.address.here
        if self.address.url:
            return over_http(self.address, self._trouble)
        command, *arguments = self.address.command
        server = StdioServerParameters(command=command, args=arguments, env=self._process_environment)
        return stdio_client(server, errlog=errors)


def _cause(problem: BaseException) -> str:
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return f"{type(problem).__name__}: {problem}" if str(problem) else type(problem).__name__
