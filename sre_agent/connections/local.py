"""This process does the work, with what is open in it."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sre_agent.domain.base import IncidentId
from sre_agent.domain.chat_session import ChatSession, ChatTurn
from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident
from sre_agent.domain.incident_grade import GradeRequest, IncidentGrade
from sre_agent.domain.past_incident import PastIncident
from sre_agent.domain.question import ApprovalAnswer, Question
from sre_agent.domain.report import Report
from sre_agent.entrances.request import IncidentRequest
from sre_agent.errors import AbsentError
from sre_agent.memory.forgetting import forget, memory_of
from sre_agent.progress import Event
from sre_agent.settings import StateSettings

if TYPE_CHECKING:
    from sre_agent.compose import OfflineRuntime

GRADES: Final = 1000  # that are read at most
PAST_INCIDENTS: Final = 1000
CHAT_SESSIONS: Final = 200
CHAT_TURNS: Final = 200


def login() -> str:
    """The account that this process runs under, by the system's word and not by a variable that anybody can set."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user without an entry
        return str(os.getuid())


class LocalConnection:
    """`operator` decides here."""

    def __init__(self, runtime: OfflineRuntime, operator: str) -> None:
        self._runtime, self.decides_as = runtime, operator

    @property
    def place(self) -> str:
        return self._runtime.settings.state_access.place

    @property
    def options(self) -> list[str]:
        settings = self._runtime.settings
        if not settings.state.is_on_this_machine:
            return ["--profile", settings.profile] if settings.profile else []
        state_dir = settings.state.state_dir
        return [] if state_dir == StateSettings().state_dir else ["--state-dir", str(state_dir)]

    def now(self) -> datetime:
        return self._runtime.clock.now()

    def listen(self, listener: Callable[[Event], None]) -> None:
        self._runtime.progress.listen(listener)

    async def submit(self, request: IncidentRequest) -> list[IncidentId]:
        responder = self._runtime.responder
        signals = request.signals(self._runtime.clock.now()) or await responder.again(request.again)
        return list(dict.fromkeys([(await responder.submit(signal))[0].id for signal in signals]))

    async def follow(self, incident: IncidentId) -> Incident:
        """Works on it, and on what else is due, itself."""

        async def pausing() -> bool:
            record = await self._runtime.responder.incident(incident)
            return not record.open or bool(record.question)

        await self._runtime.worker.run_until(pausing)
        return await self._runtime.responder.incident(incident)

    async def incidents(self) -> list[Incident]:
        return await self._runtime.store.incidents()

    async def incident(self, incident: str) -> Incident:
        return await self._runtime.responder.incident(incident)

    async def question(self, incident: Incident) -> Question | None:
        return await self._runtime.worker.question(incident)

    async def report(self, incident: Incident) -> Report | None:
        return await self._runtime.store.report(incident.id)

    async def evidence(self, incident: Incident) -> list[Evidence]:
        return await self._runtime.store.ledger(incident.id)

    def reports(self, incident: Incident) -> list[str]:
        folder = self._runtime.settings.state.state_dir / "reports"
        names = (f"{incident.id}.md", f"{incident.id}.json", f"{incident.id}.class.yaml")
        return [str(folder / name) for name in names if (folder / name).exists()]

    async def decide(self, incident: str, answer: ApprovalAnswer) -> Incident:
        responder, who = self._runtime.responder, login()
        decision = await responder.decide(incident, answer, by=self.decides_as, identity=f"login:{who}")
        return await self._runtime.responder.incident(decision.incident)

    async def grade(self, incident: str, request: GradeRequest) -> IncidentGrade:
        responder, who = self._runtime.responder, login()
        return await responder.grade(incident, request, by=self.decides_as, identity=f"login:{who}")

    async def grades(self) -> list[IncidentGrade]:
        return await self._runtime.store.grades(limit=GRADES)

    async def past_incidents(self) -> list[PastIncident]:
        return await self._runtime.store.past_incidents(limit=PAST_INCIDENTS)

    async def past_incident(self, incident: str) -> PastIncident:
        return await memory_of(incident, self._runtime.store)

    async def forget(self, incident: str) -> PastIncident:
        return await forget(incident, self._runtime.store, self._runtime.progress, by=self.decides_as)

    async def chat_sessions(self) -> list[ChatSession]:
        return await self._runtime.store.chat_sessions(limit=CHAT_SESSIONS)

    async def chat_turns(self, session: str) -> list[ChatTurn]:
        chat_session = await self._runtime.store.chat_session(session)
        if chat_session is None:
            raise AbsentError(f"There is no conversation {session!r}.")
        after = max(chat_session.turns - CHAT_TURNS, 0)
        return await self._runtime.store.chat_turns(session, after=after, limit=CHAT_TURNS)

    async def forget_chat_session(self, session: str) -> None:
        if not await self._runtime.store.drop_chat_session(session):
            raise AbsentError(f"There is no conversation {session!r}.")

    async def cancel(self, incident: str) -> Incident:
        record = await self._runtime.responder.incident(incident)
        await self._runtime.responder.cancel(record.id)
        return record

    async def resume(self, incident: str) -> Incident:
        return await self._runtime.responder.resume(incident)
