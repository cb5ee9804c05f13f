"""Who does the work for the command line. The contract; one file for each way to reach who does.

`local`: this process. `remote`: a service, at an address or in AgentCore Runtime; the two differ in how bytes get
there. Verbs show what comes back the same way for all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from sre_agent.domain.base import IncidentId
from sre_agent.domain.chat_session import ChatSession, ChatTurn
from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident
from sre_agent.domain.incident_grade import GradeRequest, IncidentGrade
from sre_agent.domain.past_incident import PastIncident
from sre_agent.domain.question import ApprovalAnswer, Question
from sre_agent.domain.report import Report
from sre_agent.entrances.request import IncidentRequest
from sre_agent.progress import Event


class Connection(Protocol):
    """Errors are those of `sre_agent.errors`, wherever they arose."""

    @property
    def place(self) -> str:
        """Where incidents are kept, for people."""

    @property
    def options(self) -> list[str]:
        """The options with which the next command reaches the same place; none where it does anyway."""

    @property
    def decides_as(self) -> str:
        """The name under which decisions are recorded; empty where it goes by the credentials."""

    def now(self) -> datetime:
        """The time by which questions expire there."""

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Hear everything that happens while an incident is followed."""

    async def submit(self, request: IncidentRequest) -> list[IncidentId]:
        """The incidents that the request opened, or joined."""

    async def follow(self, incident: IncidentId) -> Incident:
        """The incident when it has ended, or asks a person."""

    async def incidents(self) -> list[Incident]:
        """Newest first."""

    async def incident(self, incident: str) -> Incident:
        """By id, or by a beginning of it that only one has. Raises AbsentError."""

    async def question(self, incident: Incident) -> Question | None: ...

    async def report(self, incident: Incident) -> Report | None: ...

    async def evidence(self, incident: Incident) -> list[Evidence]: ...

    def reports(self, incident: Incident) -> list[str]:
        """Where its report can be read."""

    async def decide(self, incident: str, answer: ApprovalAnswer) -> Incident:
        """Answer its open question. The first answer counts."""

    async def grade(self, incident: str, request: GradeRequest) -> IncidentGrade:
        """Say whether its verdict was right. The last grade counts."""

    async def grades(self) -> list[IncidentGrade]:
        """The newest 1,000, newest first."""

    async def past_incidents(self) -> list[PastIncident]:
        """What is remembered of the 1,000 that ended last, newest first."""

    async def past_incident(self, incident: str) -> PastIncident:
        """Raises AbsentError."""

    async def forget(self, incident: str) -> PastIncident:
        """Have one forgotten; what was remembered of it. Raises AbsentError."""

    async def chat_sessions(self) -> list[ChatSession]:
        """The 200 conversations that were used last, the last one first."""

    async def chat_turns(self, session: str) -> list[ChatTurn]:
        """The newest 200 of a conversation at most, oldest first. Raises AbsentError."""

    async def forget_chat_session(self, session: str) -> None:
        """With its turns. Raises AbsentError."""

    async def cancel(self, incident: str) -> Incident: ...

    async def resume(self, incident: str) -> Incident:
        """Go on at once with a run whose process died."""
