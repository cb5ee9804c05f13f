"""What agents and nodes call tools through: read sessions for all, write sessions opened only to act.

Each read goes into the ledger under a key of incident, round, agent, tool and arguments. A step that runs again after
a crash finds its record there; whoever verifies asks `live` and gets a fresh look.
"""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from mcp_types import CallToolResult, TextContent, Tool
from opentelemetry import trace
from pydantic import ValidationError

from mcp_servers.contract import calls, permits
from mcp_servers.contract.facts import Answer
from sre_agent.clock import Clock
from sre_agent.domain.action import Call
from sre_agent.domain.base import EvidenceId, IncidentId
from sre_agent.domain.finding import Evidence
from sre_agent.errors import PermanentError, TemporaryError, ToolsUnavailableError
from sre_agent.progress import Progress
from sre_agent.store import Store
from sre_agent.toolbox.readers import UnreadableError
from sre_agent.toolbox.session import ServerAddress, Session

TRACER = trace.get_tracer("sre_agent.toolbox")
LOG = structlog.get_logger("sre_agent.toolbox")


OfferedTool = dict[str, Any]  # in the form of OpenAI's functions, which every chat model's client understands


class ToolRefusedError(PermanentError):
    """The server answered with an error; its text teaches."""


class Toolbox:
    """`readers` and `writers` are addresses by server name; a write session has an identity of its own. `left_out` says
    of servers that are not there why."""

    def __init__(
        self,
        readers: Mapping[str, ServerAddress],
        writers: Mapping[str, ServerAddress],
        *,
        store: Store,
        clock: Clock,
        progress: Progress,
        connect_seconds: float,
        call_seconds: float,
        budget: int,
        left_out: Mapping[str, str] | None = None,
    ) -> None:
        def sessions(addresses: Mapping[str, ServerAddress]) -> dict[str, Session]:
            return {
                name: Session(address, connect_seconds=connect_seconds, call_seconds=call_seconds)
                for name, address in addresses.items()
            }

        self._readers = sessions(readers)
        self._writers = sessions(writers)
        self._store = store
        self._clock = clock
        self._progress = progress
        self._budget = budget
        self._left_out = left_out or {}
        self._offered: dict[str, list[OfferedTool]] = {}

    async def offered(self, server: str, tools: Sequence[str]) -> list[OfferedTool]:
        """Those of `tools` that the reading server has, as a chat model is offered them; none where it is not there.

        A server of others is asked in its own words, so none of its tools is offered under ours.
        """
        session = self._readers.get(server)
        if session is None or session.address.stand_in is not None:
            return []
        if server not in self._offered:
            try:
                self._offered[server] = [_offered(tool) for tool in await session.tools()]
            except ToolsUnavailableError:
                return []
        return [tool for tool in self._offered[server] if tool["function"]["name"] in tools]

    @property
    def servers(self) -> list[str]:
        return sorted(self._readers)

    async def budget_left(self, incident: IncidentId) -> int:
        return max(0, self._budget - len(await self._store.ledger(incident)))

    async def ask(
        self,
        incident: IncidentId,
        round_: int,
        agent: str,
        server: str,
        tool: str,
        arguments: dict[str, Any],
        *,
        live: str = "",
        by_model: bool = False,
    ) -> Evidence:
        """The evidence of one read call; a failure is evidence of a gap, never an exception.

        `live` names a fresh look (a verification's moment), so that it is a record of its own. `by_model` says that a
        chat model thought of it.
        """
        key = evidence_id(incident, round_, agent, tool, arguments, live)
        known = await self._store.evidence(key)
        if known is not None:
            return known
        self._progress.say("call.started", incident, tool, agent=agent, server=server, arguments=arguments)
        asked_at, started = self._clock.now(), time.perf_counter()
        answer, error = await self._read(agent, server, tool, arguments)
        evidence = Evidence(
            id=key,
            incident=incident,
            round=round_,
            agent=agent,
            server=server,
            tool=tool,
            arguments=arguments,
            answer=answer,
            error=error,
            asked_at=asked_at,
            duration_ms=(time.perf_counter() - started) * 1000,
            by_model=by_model,
        )
        await self._store.keep_evidence(evidence)
        LOG.info(
            "call",
            agent_name=agent,
            incident_id=incident,
            action=f"{server}.{tool}",
            duration_ms=round(evidence.duration_ms),
            status="gap" if error else "ok",
        )
        self._progress.say(
            "call.ended",
            incident,
            tool,
            agent=agent,
            server=server,
            arguments=arguments,
            ms=round(evidence.duration_ms, 1),
            error=error,
            observations=[o.code for o in answer.observations] if answer else [],
        )
        return evidence

    async def kept(self, evidence: EvidenceId) -> Evidence | None:
        """A call that was made before, by its id."""
        return await self._store.evidence(evidence)

    async def preview(self, call: Call) -> Answer:
        """Dry run on the write session. ToolRefusedError says why the server would not do it."""
        tool = "kubectl_preview" if call.server == "kubernetes" else "ssm_preview"
        with TRACER.start_as_current_span(f"preview {call.tool}", attributes={"server": call.server}):
            result = await self._writer(call.server).call(tool, {"tool": call.tool, "arguments": call.arguments})
            return _answer(call.server, tool, result)

    async def preview_reading(self, call: Call) -> Answer:
        """The dry run by the reading server, which runs with read-only rights. ToolRefusedError where it does none."""
        tool = "kubectl_preview" if call.server == "kubernetes" else "preview"
        session = self._readers.get(call.server)
        if session is None or session.address.stand_in is not None:
            raise ToolRefusedError(f"[failed] {tool}: no {call.server} server of ours reads here.")
        with TRACER.start_as_current_span(f"preview {call.tool}", attributes={"server": call.server}):
            return _answer(
                call.server, tool, await session.call(tool, {"tool": call.tool, "arguments": call.arguments})
            )

    async def write(self, incident: IncidentId, call: Call, permit: str, *, allowed_by: str) -> Answer:
        """Execute one permitted write. ToolRefusedError: refused for sure; ToolsUnavailableError: may have happened."""
        self._progress.say("write.intended", incident, call.tool, arguments=call.arguments, allowed_by=allowed_by)
        with TRACER.start_as_current_span(
            f"write {call.tool}",
            attributes={"server": call.server, "allowed_by": allowed_by, "permit": permits.peek_id(permit) or ""},
        ):
            session, started = self._writer(call.server), time.perf_counter()
            self._progress.say("write.sent", incident, call.tool)
            result = await session.call(call.tool, {**call.arguments, permits.ARGUMENT: permit})
            answer = _written(call, result)
            outcome = str(answer.data.get("outcome", ""))
            action = f"{call.server}.{call.tool}"
            ms = round((time.perf_counter() - started) * 1000)
            LOG.info(
                "write", agent_name="remediate", incident_id=incident, action=action, duration_ms=ms, status=outcome
            )
            self._progress.say("write.answered", incident, call.tool, outcome=outcome)
            return answer

    async def close_writers(self) -> None:
        """Write sessions live only while something is being done."""
        for session in self._writers.values():
            await session.close()

    async def close(self) -> None:
        await asyncio.gather(*(session.close() for session in (*self._readers.values(), *self._writers.values())))

    def _writer(self, server: str) -> Session:
        if server in self._left_out:
            raise ToolRefusedError(f"[unavailable] {self._left_out[server]}")
        if server not in self._writers:
            raise ToolRefusedError(
                "writes are switched off here. Start with --writes and --allow-namespace or --allow-document to have it"
                " done, after approval."
            )
        return self._writers[server]

    async def _read(self, agent: str, server: str, tool: str, arguments: dict[str, Any]) -> tuple[Answer | None, str]:
        if server not in self._readers:
            why = self._left_out.get(server, f"{tool}: no {server} server is configured.")
            return None, f"[unavailable] {why}"
        with TRACER.start_as_current_span(
            f"{server}.{tool}", attributes={"agent_name": agent, "server": server}
        ) as span:
            try:
                return await self._answered(self._readers[server], tool, arguments), ""
            except (ToolRefusedError, UnreadableError, TemporaryError) as problem:
                span.set_attribute("error", True)
                return None, str(problem) if str(problem).startswith("[") else f"[unavailable] {problem}"

    async def _answered(self, session: Session, tool: str, arguments: dict[str, Any]) -> Answer:
        stand_in = session.address.stand_in
        if stand_in is None:
            return _answer(session.address.name, tool, await session.call(tool, arguments))
        asked = stand_in.asked(tool, arguments)
        result = await session.call(asked.tool, asked.arguments)
        return stand_in.answer(tool, arguments, result, self._clock.now())


def evidence_id(
    incident: str, round_: int, agent: str, tool: str, arguments: dict[str, Any], live: str = ""
) -> EvidenceId:
    key = f"{incident}/{round_}/{agent}/{live}/".encode() + calls.canonical(tool, arguments)
    return EvidenceId(hashlib.sha256(key).hexdigest()[:20])


def _answer(server: str, tool: str, result: CallToolResult) -> Answer:
    text = "\n".join(part.text for part in result.content if isinstance(part, TextContent))
    if result.is_error:
        raise ToolRefusedError(text.removeprefix(f"Error executing tool {tool}: "))
    try:
        return Answer.model_validate(result.structured_content)
    except ValidationError as problem:
        raise ToolsUnavailableError(f"{server} answered {tool} in a form that is not ours: {problem}") from problem


def _offered(tool: Tool) -> OfferedTool:
    description = inspect.cleandoc(tool.description or "")
    described = {"name": tool.name, "description": description, "parameters": tool.input_schema}
    return {"type": "function", "function": described}


SURE = ("refused", "not_found", "bad_request", "denied")  # what a server says before it has begun to write


def _written(call: Call, result: CallToolResult) -> Answer:
    """The answer to a write. An error that does not say for sure that nothing was done leaves it open."""
    try:
        return _answer(call.server, call.tool, result)
    except ToolRefusedError as problem:
        if error_kind(str(problem)) in SURE:
            raise
        raise ToolsUnavailableError(f"Whether {call.tool} took effect is not known: {problem}") from problem


def error_kind(error: str) -> str:
    """The leading word of a teaching error: `[denied] …` -> `denied`; empty when there is none."""
    return error[1 : error.index("]")] if error.startswith("[") and "]" in error else ""


def as_of(evidence: Evidence) -> datetime:
    return evidence.answer.as_of if evidence.answer else evidence.asked_at
