"""What agents and nodes call tools through: read sessions for all, write sessions opened only to act.

Each read goes into the ledger under a key of incident, round, agent, tool and arguments. A step that runs again after
a crash finds its record there, and asks again where that is a transient failure; whoever verifies asks `live` and gets
a fresh look.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import structlog
from opentelemetry import trace

from mcp_servers.contract.facts import Answer
from mcp_servers.contract.refusals import Refusal
from sre_agent.clock import Clock
from sre_agent.domain.action import Call
from sre_agent.domain.base import EvidenceId, IncidentId
from sre_agent.domain.finding import Evidence, evidence_id
from sre_agent.progress import Progress
from sre_agent.store import Store
from sre_agent.toolbox.address import ServerAddress
from sre_agent.toolbox.reading import Reading
from sre_agent.toolbox.results import OfferedTool, ToolRefusedError
from sre_agent.toolbox.retries import RetryOutcome, fuller, patiently_previewed, why_again, with_retries
from sre_agent.toolbox.retry_policy import RetryPolicy
from sre_agent.toolbox.server_health import ServerHealth
from sre_agent.toolbox.session import Session
from sre_agent.toolbox.writing import Writing

TRACER = trace.get_tracer("sre_agent.toolbox")
LOG = structlog.get_logger("sre_agent.toolbox")
PREVIEWS: Final = {"kubernetes": "kubectl_preview", "ssm": "ssm_preview"}  # the dry run of each server that writes


class Toolbox:
    """`readers` and `writers` are addresses by server name; a write session has an identity of its own. `left_out` says
    of servers that are not there why. `past_only`: what is read is as of the clock's time, which is over."""

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
        past_only: bool = False,
    ) -> None:
        def sessions(addresses: Mapping[str, ServerAddress]) -> dict[str, Session]:
            return {
                name: Session(
                    address,
                    connect_seconds=connect_seconds,
                    call_seconds=call_seconds,
                    on_wait=self._waits,
                    clock=clock,
                )
                for name, address in addresses.items()
            }

        self._reading = Reading(sessions(readers), left_out or {}, clock, past_only=past_only)
        self._store = store
        self._clock = clock
        self._progress = progress
        self._budget = budget
        self._writing = Writing(sessions(writers), left_out or {}, store=store, progress=progress)
        self._patience = RetryPolicy()
        self._evidence_ids: set[EvidenceId] = set()

    def start(self) -> None:
        """Let the reading servers start beside whatever comes first; nothing waits for them here."""
        self._reading.start()

    def revive(self) -> None:
        """Start the reading servers that failed again, those whose pause is over; nothing waits for them here."""
        self._reading.revive()

    def health(self) -> list[ServerHealth]:
        """Of the reading servers; safe from any thread."""
        return self._reading.health()

    def writers_health(self) -> list[ServerHealth]:
        """Of the writing servers, none while writes are off; safe from any thread."""
        return self._writing.health()

    def _waits(self, server: str) -> None:
        self._progress.say("server.waited", "", server)

    async def tool_schemas(self, server: str, tools: Sequence[str]) -> list[OfferedTool]:
        """Those of `tools` that the reading server has, as a chat model is offered them; none where it is not there."""
        return await self._reading.offered_tools(server, tools)

    @property
    def servers(self) -> list[str]:
        return self._reading.servers

    async def budget_left(self, incident: IncidentId) -> int:
        return max(0, self._budget - sum(item.calls for item in await self._store.ledger(incident)))

    async def transient_failures(self, incident: IncidentId) -> list[Evidence]:
        """The transient failures of the ledger that another process kept: here nobody has asked for them yet."""
        failures = await self._store.ledger(incident)
        return [item for item in failures if item.is_transient and item.id not in self._evidence_ids]

    async def waited_for(self, incident: IncidentId, failures: Sequence[Evidence]) -> bool:
        """Wait a while for what stayed away, then let it be asked again; False where that was done often enough."""
        pause = self._patience.later(incident, [why_again(item) for item in failures])
        if pause is None:
            return False
        until = self._clock.now() + timedelta(seconds=pause)
        self._progress.say("waiting", incident, until=until.isoformat())
        await self._clock.sleep_until(until)
        self._evidence_ids -= {item.id for item in failures}
        return True

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
        waits: bool = True,
    ) -> Evidence:
        """The evidence of one read call; a failure is evidence of a gap, never an exception.

        `live` names a fresh look (a verification's moment), so that it is a record of its own. `by_model` says that a
        chat model thought of it. What failed for a while is asked again, after pauses unless a person waits (`waits` is
        False), and again in each process that comes to it.
        """
        key = evidence_id(incident, round_, agent, tool, arguments, live)
        record = await self._store.evidence(key)
        if record is not None and (not record.is_transient or key in self._evidence_ids):
            return record
        self._evidence_ids.add(key)
        self._progress.say("call.started", incident, tool, agent=agent, server=server, arguments=arguments)
        asked_at, started = self._clock.now(), time.perf_counter()
        outcome = await self._read_patiently(incident, agent, server, tool, arguments, waits=waits)
        answer = fuller(record.answer if record is not None else None, outcome.answer)
        earlier = (*record.earlier_refusals, why_again(record)) if record is not None else ()
        if record is not None and answer is not outcome.answer:
            asked_at = record.asked_at
        evidence = Evidence(
            id=key,
            incident=incident,
            round=round_,
            agent=agent,
            server=server,
            tool=tool,
            arguments=arguments,
            answer=answer,
            refusal=outcome.refusal if answer is None else None,
            earlier_refusals=(*earlier, *outcome.earlier_refusals),
            asked_at=asked_at,
            duration_ms=(time.perf_counter() - started) * 1000,
            by_model=by_model,
        )
        self._tell_read(evidence, await self._store.keep_evidence(evidence))
        return evidence

    async def stored_evidence(self, evidence: EvidenceId) -> Evidence | None:
        """A call that was made before, by its id."""
        return await self._store.evidence(evidence)

    async def preview(self, incident: IncidentId, call: Call) -> Answer:
        """Dry run on the write session, asked again while it is missing or lacks a part. ToolRefusedError says why the
        server would not do it; ToolsUnavailableError that it could not be asked."""
        tool = PREVIEWS[call.server]
        arguments = {"tool": call.tool, "arguments": call.arguments}
        with TRACER.start_as_current_span(f"preview {call.tool}", attributes={"server": call.server}):
            session = self._writing.session(incident, call.server)
            return await patiently_previewed(session, tool, arguments, wait=self._wait, incident=incident)

    async def preview_reading(self, call: Call) -> Answer:
        """The dry run by the reading server, which runs with read-only rights, asked again as on the write session.
        ToolRefusedError where it does none."""
        tool, session = PREVIEWS[call.server], self._reading.own(call.server)
        if session is None:
            wrong = f"no {call.server} server of ours reads here."
            raise ToolRefusedError(wrong, Refusal(kind="failed", code="not_configured", asked=tool, wrong=wrong))
        with TRACER.start_as_current_span(f"preview {call.tool}", attributes={"server": call.server}):
            arguments = {"tool": call.tool, "arguments": call.arguments}
            return await patiently_previewed(session, tool, arguments, wait=self._wait)

    async def write(self, incident: IncidentId, call: Call, permit: str, *, allowed_by: str) -> Answer:
        """Execute one permitted write. ToolRefusedError: refused for sure; ToolsUnavailableError: may have happened."""
        return await self._writing.write(incident, call, permit, allowed_by=allowed_by)

    async def close_writers(self, incident: IncidentId) -> None:
        """This incident writes no more."""
        await self._writing.close_for(incident)

    async def close(self) -> None:
        await asyncio.gather(self._reading.close(), self._writing.close())

    def _tell_read(self, evidence: Evidence, digest: str) -> None:
        LOG.info(
            "call",
            agent_name=evidence.agent,
            incident_id=evidence.incident,
            action=f"{evidence.server}.{evidence.tool}",
            duration_ms=round(evidence.duration_ms),
            status="ok" if evidence.refusal is None else "gap",
        )
        self._progress.say(
            "call.ended",
            evidence.incident,
            evidence.tool,
            evidence=evidence.id,
            digest=digest,
            agent=evidence.agent,
            server=evidence.server,
            arguments=evidence.arguments,
            ms=round(evidence.duration_ms, 1),
            error=evidence.error,
            error_kind=evidence.refusal.kind if evidence.refusal is not None else "",
            observations=[o.code for o in evidence.answer.observations] if evidence.answer else [],
            **_queries(evidence.answer),
        )

    async def _wait(self, seconds: float) -> None:
        if seconds:
            await self._clock.sleep_until(self._clock.now() + timedelta(seconds=seconds))

    async def _read_patiently(
        self, incident: IncidentId, agent: str, server: str, tool: str, arguments: dict[str, Any], *, waits: bool
    ) -> RetryOutcome:
        async def read() -> tuple[Answer | None, Refusal | None]:
            return await self._reading.read(agent, server, tool, arguments, incident=incident)

        async def again(refusal: Refusal, pause: float) -> None:
            self._progress.say("call.repeated", incident, tool, agent=agent, server=server, error=str(refusal))
            await self._wait(pause)

        left = await self.budget_left(incident)
        return await with_retries(read, server, self._patience, most=left, waits=waits, again=again)


def _queries(answer: Answer | None) -> dict[str, int]:
    """How many paid queries a call made, and how many of them were given again for nothing; nothing where it made none.

    A server of others may tell anything there.
    """
    data = answer.data if answer is not None and isinstance(answer.data, dict) else {}
    counts = {name: data.get(name, 0) for name in ("queries", "queries_reused")}
    if not counts["queries"] or any(not isinstance(count, int) for count in counts.values()):
        return {}
    return counts
