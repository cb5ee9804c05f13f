"""A service does the work: the same requests, whether they go to an address or through AgentCore Runtime."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

import httpx
from pydantic import TypeAdapter

from sre_agent.connections.answers import answer_of, errors_of, read
from sre_agent.connections.events import ServerEvent, server_events
from sre_agent.domain.base import IncidentId
from sre_agent.domain.chat_session import ChatSession, ChatTurn
from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident
from sre_agent.domain.incident_grade import GradeRequest, IncidentGrade
from sre_agent.domain.past_incident import PastIncident
from sre_agent.domain.question import ApprovalAnswer, Question
from sre_agent.domain.report import Report
from sre_agent.domain.sweep import Sweep
from sre_agent.domain.sweep_run import SweepRun
from sre_agent.entrances.request import IncidentRequest
from sre_agent.errors import AbsentError, TemporaryError, ToolsUnavailableError
from sre_agent.progress import Event

TIMES_CUT: Final = 5  # in a row that a stream may break off before it brings anything
LISTED: Final = 50
CHAT_PAGE: Final = 200  # sessions or turns that a service lists at once
SWEEP_SECONDS: Final = 0.5  # between two looks at a sweep under way
_LEDGER: Final = TypeAdapter(list[Evidence])
_GRADES: Final = TypeAdapter(list[IncidentGrade])
_PAST: Final = TypeAdapter(list[PastIncident])


class RemoteConnection:
    """`place` names the service for people; `options` are those with which the next command reaches it."""

    decides_as = ""

    def __init__(self, http: httpx.AsyncClient, place: str, options: list[str]) -> None:
        self._http, self.place, self.options = http, place, options
        self._listeners: list[Callable[[Event], None]] = []
        self._decided: set[str] = set()  # questions whose answer is on its way
        self._seen: dict[str, int] = {}  # by incident, its last event; where it is followed from

    def now(self) -> datetime:
        return datetime.now(UTC)

    def listen(self, listener: Callable[[Event], None]) -> None:
        self._listeners.append(listener)

    def on_event(self, event: Event, seq: str = "") -> None:
        """Something happened; whoever follows its incident later goes on after it."""
        if seq.isdigit():
            self._seen[event.incident] = int(seq)
        for listener in self._listeners:
            listener(event)

    async def submit(self, request: IncidentRequest) -> list[IncidentId]:
        accepted = await self.post("/incidents", request.model_dump(exclude_defaults=True))
        for incident in accepted["incidents"]:
            self._follow_from(incident, accepted)
        return [IncidentId(incident) for incident in accepted["incidents"]]

    async def follow(self, incident: IncidentId) -> Incident:
        record = await self.incident(incident)
        while record.open and (not record.question or record.question in self._decided):
            await self._next_pause(incident)
            record = await self.incident(incident)
        return record

    async def incidents(self) -> list[Incident]:
        page = await self._get("/incidents", {"limit": str(LISTED)})
        return [read(Incident, one) for one in page["incidents"]]

    async def incident(self, incident: str) -> Incident:
        return read(Incident, await self._get(f"/incidents/{incident}"))

    async def question(self, incident: Incident) -> Question | None:
        answer = await self._perhaps(f"/incidents/{incident.id}/question") if incident.question else None
        return None if answer is None else read(Question, answer)

    async def report(self, incident: Incident) -> Report | None:
        answer = await self._perhaps(f"/incidents/{incident.id}/report")
        return None if answer is None else read(Report, answer)

    async def evidence(self, incident: Incident) -> list[Evidence]:
        return _LEDGER.validate_python(await self._get(f"/incidents/{incident.id}/evidence"))

    def reports(self, incident: Incident) -> list[str]:
        if incident.open:
            return []
        by_url = self.place.startswith("http")
        return [f"{self.place}/incidents/{incident.id}/report" if by_url else f"sre-agent incidents show {incident.id}"]

    async def decide(self, incident: str, answer: ApprovalAnswer) -> Incident:
        return await self._move(incident, "decision", answer.model_dump(exclude_defaults=True))

    async def grade(self, incident: str, request: GradeRequest) -> IncidentGrade:
        record = await self.incident(incident)
        return read(IncidentGrade, await self.post(f"/incidents/{record.id}/grade", request.model_dump()))

    async def grades(self) -> list[IncidentGrade]:
        return _GRADES.validate_python(await self._get("/grades"))

    async def past_incidents(self) -> list[PastIncident]:
        return _PAST.validate_python(await self._get("/memory"))

    async def past_incident(self, incident: str) -> PastIncident:
        return read(PastIncident, await self._get(f"/memory/{incident}"))

    async def forget(self, incident: str) -> PastIncident:
        return read(PastIncident, await self.post(f"/memory/{incident}/forget"))

    async def chat_sessions(self) -> list[ChatSession]:
        page = await self._get("/sessions", {"limit": str(CHAT_PAGE)})
        return [_session(one) for one in page["sessions"]]

    async def chat_turns(self, session: str) -> list[ChatTurn]:
        turns = (await self._get(f"/sessions/{session}", {"limit": "1"}))["turns"]
        where = {"limit": str(CHAT_PAGE), "after": str(max(turns - CHAT_PAGE, 0))}
        page = await self._get(f"/sessions/{session}", where)
        return [
            read(ChatTurn, {**one, "session": session, "reply": json.dumps(one["reply"])})
            for one in page["conversation"]
        ]

    async def forget_chat_session(self, session: str) -> None:
        with errors_of(self.place):
            answer_of(await self._http.delete(f"/sessions/{session}"), self.place)

    async def cancel(self, incident: str) -> Incident:
        return await self._move(incident, "cancel")

    async def resume(self, incident: str) -> Incident:
        return await self._move(incident, "resume")

    async def sweep(self, namespace: str, *, hygiene: bool = False, summary: bool = False) -> Sweep:
        """Raises ToolsUnavailableError for one that failed."""
        body = {"namespace": namespace, "hygiene": hygiene, "summary": summary}
        path = (await self.post("/sweeps", body))["status_url"]
        while (run := read(SweepRun, await self._get(path))).state == "running":  # noqa: ASYNC110 - it runs elsewhere
            await asyncio.sleep(SWEEP_SECONDS)
        if run.sweep is None:
            raise ToolsUnavailableError(run.why)
        return run.sweep

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Done once, however often the network has it sent."""
        key = {"idempotency-key": secrets.token_urlsafe(18)}
        with errors_of(self.place):
            return answer_of(await self._http.post(path, json=body, headers=key), self.place)

    @asynccontextmanager
    async def stream(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[AsyncIterator[ServerEvent]]:
        all_headers = {"accept": "text/event-stream", **(headers or {})}
        with errors_of(self.place):
            async with self._http.stream(method, path, json=body, headers=all_headers) as response:
                if response.status_code >= 400:
                    await response.aread()
                    answer_of(response, self.place)
                yield server_events(response.aiter_text())

    async def _move(self, incident: str, action: str, body: Mapping[str, Any] | None = None) -> Incident:
        record = await self.incident(incident)
        self._follow_from(record.id, await self.post(f"/incidents/{record.id}/{action}", body))
        if action == "decision":
            self._decided.add(record.question)
        return record

    async def _next_pause(self, incident: str) -> None:
        """Returns when it ended, or asks; or when the stream has broken off, after what it brought."""
        cut = 0
        while cut < TIMES_CUT:
            after = self._seen.get(incident, 0)
            try:
                async with self.stream(
                    "GET", f"/incidents/{incident}/events", headers={"last-event-id": str(after)}
                ) as events:
                    async for one in events:
                        event = read(Event, one.json())
                        self.on_event(event, one.id)
                        if event.kind in ("incident.ended", "approval.asked"):
                            return
                return
            except TemporaryError:
                cut = cut + 1 if self._seen.get(incident, 0) == after else 0
        raise TemporaryError(f"{self.place} breaks off again and again; the incident {incident} goes on there.")

    def _follow_from(self, incident: str, accepted: Mapping[str, Any]) -> None:
        """From what the request caused on: what was before is known or of no interest."""
        after = httpx.URL(str(accepted.get("events_url", ""))).params.get("after", "")
        self._seen[incident] = max(int(after) if after.isdigit() else 0, self._seen.get(incident, 0))

    async def _get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        with errors_of(self.place):
            return answer_of(await self._http.get(path, params=dict(params or {})), self.place)

    async def _perhaps(self, path: str) -> Any:
        try:
            return await self._get(path)
        except AbsentError:
            return None


def _session(view: Mapping[str, Any]) -> ChatSession:
    return read(ChatSession, {"id": view["session"], **{name: view[name] for name in view if name != "session"}})
