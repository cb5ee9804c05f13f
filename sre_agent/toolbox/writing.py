"""The writing servers: one permitted write each, recorded before it is sent and when it is answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import structlog
from opentelemetry import trace

from mcp_servers.contract import permits
from mcp_servers.contract.facts import Answer
from mcp_servers.contract.refusals import Refusal
from sre_agent.domain.action import Call
from sre_agent.domain.base import IncidentId
from sre_agent.progress import Progress
from sre_agent.store import Store
from sre_agent.toolbox.results import ToolRefusedError, write_answer
from sre_agent.toolbox.server_health import ServerHealth
from sre_agent.toolbox.session import Session

TRACER = trace.get_tracer("sre_agent.toolbox")
LOG = structlog.get_logger("sre_agent.toolbox")


class Writing:
    """`sessions` are those of the writing servers by name, none while writes are off. `left_out` says of servers that
    are not there why."""

    def __init__(
        self, sessions: Mapping[str, Session], left_out: Mapping[str, str], *, store: Store, progress: Progress
    ) -> None:
        self._sessions, self._left_out = sessions, left_out
        self._store, self._progress = store, progress
        self._incidents: set[IncidentId] = set()  # who may still need the sessions

    def health(self) -> list[ServerHealth]:
        return [session.health() for session in self._sessions.values()]

    def session(self, incident: IncidentId, server: str) -> Session:
        """The session that this incident writes on, open until `close_for`. ToolRefusedError where there is none."""
        if server in self._left_out:
            wrong = self._left_out[server]
            raise ToolRefusedError(wrong, Refusal(kind="unavailable", code="not_configured", wrong=wrong))
        if server not in self._sessions:
            wrong = (
                "writes are switched off here. Start with --writes and --allow-namespace or --allow-document to have it"
                " done, after approval."
            )
            raise ToolRefusedError(wrong, Refusal(kind="refused", wrong=wrong))
        self._incidents.add(incident)
        return self._sessions[server]

    async def write(self, incident: IncidentId, call: Call, permit: str, *, allowed_by: str) -> Answer:
        """Execute one permitted write. ToolRefusedError: refused for sure; ToolsUnavailableError: may have happened."""
        permit_id = permits.peek_id(permit) or ""
        fields = {"arguments": call.arguments, "allowed_by": allowed_by, "permit": permit_id}
        self._progress.say("write.intended", incident, call.tool, **fields)
        await self._store.recorded()  # what the record does not hold is not written
        with TRACER.start_as_current_span(
            f"write {call.tool}",
            attributes={"server": call.server, "allowed_by": allowed_by, "permit": permit_id},
        ):
            session, started = self.session(incident, call.server), time.perf_counter()
            self._progress.say("write.sent", incident, call.tool, permit=permit_id)
            result = await session.call(call.tool, {**call.arguments, permits.ARGUMENT: permit}, incident=incident)
            try:
                answer = write_answer(call, result)
            except ToolRefusedError as problem:
                self._tell_answered(incident, call, permit_id, "refused", str(problem))
                raise
            outcome = str(answer.data.get("outcome", ""))
            action = f"{call.server}.{call.tool}"
            ms = round((time.perf_counter() - started) * 1000)
            LOG.info(
                "write", agent_name="remediate", incident_id=incident, action=action, duration_ms=ms, status=outcome
            )
            self._tell_answered(incident, call, permit_id, outcome, answer.text)
            return answer

    async def close_for(self, incident: IncidentId) -> None:
        """This incident writes no more. Sessions live only while some incident may write."""
        self._incidents.discard(incident)
        if not self._incidents:
            await self.close()

    async def close(self) -> None:
        await asyncio.gather(*(session.close() for session in self._sessions.values()))

    def _tell_answered(self, incident: IncidentId, call: Call, permit: str, outcome: str, text: str) -> None:
        self._progress.say("write.answered", incident, call.tool, outcome=outcome, permit=permit, text=text)
