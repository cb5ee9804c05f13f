"""The reading servers: what they offer, what they answer, and of which kind it is that one does not."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from opentelemetry import trace

from mcp_servers.contract.facts import Answer
from mcp_servers.contract.refusals import Refusal
from sre_agent.clock import Clock
from sre_agent.errors import TemporaryError, ToolsUnavailableError
from sre_agent.toolbox.past_reading import as_of_then, refusal_of, within_then
from sre_agent.toolbox.readers import UnreadableError
from sre_agent.toolbox.results import OfferedTool, ToolRefusedError, answer_of, offered_tool
from sre_agent.toolbox.server_health import ServerHealth
from sre_agent.toolbox.session import Session

TRACER = trace.get_tracer("sre_agent.toolbox")


class Reading:
    """`sessions` are those of the reading servers by name. `left_out` says of servers that are not there why.
    `past_only`: only what tells of the clock's time, which is over, is read."""

    def __init__(
        self, sessions: Mapping[str, Session], left_out: Mapping[str, str], clock: Clock, *, past_only: bool = False
    ) -> None:
        self._past_only = past_only
        self._sessions, self._left_out, self._clock = sessions, left_out, clock
        self._offered_tools: dict[str, list[OfferedTool]] = {}
        self._cut_off: dict[str, str] = {}  # by server: why what it reads did not answer the last time

    def start(self) -> None:
        """Let them start; nothing waits for them here."""
        for session in self._sessions.values():
            session.start()

    def revive(self) -> None:
        for session in self._sessions.values():
            if session.health().state == "failing":
                session.start()

    async def close(self) -> None:
        await asyncio.gather(*(session.close() for session in self._sessions.values()))

    def health(self) -> list[ServerHealth]:
        return [self._health(name, session.health()) for name, session in self._sessions.items()]

    def _health(self, server: str, health: ServerHealth) -> ServerHealth:
        if health.state == "up" and (why := self._cut_off.get(server)):
            return replace(health, state="cut_off", why=why)
        return health

    @property
    def servers(self) -> list[str]:
        return sorted(self._sessions)

    def own(self, server: str) -> Session | None:
        """The session of a server of ours; None where it is not there, or somebody else's stands in for it."""
        session = self._sessions.get(server)
        return session if session is not None and session.address.stand_in is None else None

    async def offered_tools(self, server: str, tools: Sequence[str]) -> list[OfferedTool]:
        """Those of `tools` that the server has, as a chat model is offered them; none where it is not there.

        A server of others is asked in its own words, so none of its tools is offered under ours.
        """
        if (session := self.own(server)) is None:
            return []
        if server not in self._offered_tools:
            try:
                self._offered_tools[server] = [offered_tool(tool) for tool in await session.tools()]
            except ToolsUnavailableError:
                return []
        return [tool for tool in self._offered_tools[server] if tool["function"]["name"] in tools]

    async def read(
        self, agent: str, server: str, tool: str, arguments: dict[str, Any], *, incident: str = ""
    ) -> tuple[Answer | None, Refusal | None]:
        """The answer of one call, or why there is none."""
        if server not in self._sessions:
            if server in self._left_out:
                wrong = self._left_out[server]
                return None, Refusal(kind="unavailable", code="not_configured", wrong=wrong)
            wrong = f"no {server} server is configured."
            return None, Refusal(kind="unavailable", code="not_configured", asked=tool, wrong=wrong)
        if self._past_only:
            properties = await self._properties(server, tool)
            arguments = within_then(properties, arguments, self._clock.now())
            if (refusal := refusal_of(tool, arguments)) is not None:
                return None, refusal
        with TRACER.start_as_current_span(
            f"{server}.{tool}", attributes={"agent_name": agent, "server": server}
        ) as span:
            try:
                answer = await self._call(self._sessions[server], tool, arguments, incident)
                self._cut_off.pop(server, None)
                return (as_of_then(tool, answer, self._clock.now()) if self._past_only else answer), None
            except (ToolRefusedError, UnreadableError) as problem:
                span.set_attribute("error", True)
                if problem.refusal.is_transient:
                    self._cut_off[server] = str(problem)
                return None, problem.refusal
            except TemporaryError as problem:
                span.set_attribute("error", True)
                return None, Refusal(kind="unavailable", code=getattr(problem, "code", ""), wrong=str(problem))

    async def _properties(self, server: str, tool: str) -> Collection[str]:
        """The names of a tool's arguments; none where its server does not say."""
        tools = await self.offered_tools(server, [tool])
        return tools[0]["function"]["parameters"].get("properties", {}) if tools else ()

    async def _call(self, session: Session, tool: str, arguments: dict[str, Any], incident: str) -> Answer:
        stand_in = session.address.stand_in
        if stand_in is None:
            return answer_of(session.address.name, tool, await session.call(tool, arguments, incident=incident))
        foreign_call = stand_in.translate(tool, arguments)
        result = await session.call(foreign_call.tool, foreign_call.arguments)
        return stand_in.answer(tool, arguments, result, self._clock.now())
