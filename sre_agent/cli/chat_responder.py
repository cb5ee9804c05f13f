"""The responder as a conversation uses it: incidents that are opened in between, and sweeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sre_agent.cli.drive import command, drive, here, see_through
from sre_agent.cli.view import Approval, IncidentView, SilentView
from sre_agent.cluster_choice import at_cluster
from sre_agent.connections.local import login
from sre_agent.domain.incident import Incident
from sre_agent.domain.question import ApprovalAnswer, Question
from sre_agent.domain.report import Report
from sre_agent.domain.signal import Hint, Signal
from sre_agent.domain.sweep import Sweep
from sre_agent.entrances import sentence

if TYPE_CHECKING:
    from sre_agent.chat import DecisionRights
    from sre_agent.compose import Runtime


class ChatResponder:
    """`left` is the incident whose question was left open, until the next one is opened."""

    def __init__(
        self, runtime: Runtime, view: IncidentView, approval: Approval, under_way: list[str] | None = None
    ) -> None:
        self._runtime, self._view, self._approval = runtime, view, approval
        self.connection = here(runtime)
        self._under_way = [] if under_way is None else under_way
        self.pending: Incident | None = None  # the one whose question was left open

    async def investigate(self, text: str, hints: Sequence[Hint]) -> Report | None:
        """The report of an investigation that only looks."""
        now = self._runtime.clock.now()
        signal = self._here(sentence.signal(text, intent="answer", received_at=now, hints=hints))
        _, report = await self._drive(signal, SilentView(), "never")
        return report

    async def respond(self, text: str, hints: Sequence[Hint]) -> tuple[Incident, Report | None]:
        """An incident, taken to its end or to a question that nobody here answers."""
        signal = self._here(sentence.signal(text, intent="respond", received_at=self._runtime.clock.now(), hints=hints))
        return await self._drive(signal, self._view, self._approval)

    def go_to(self, runtime: Runtime) -> None:
        """What is opened from now on is of this runtime's cluster."""
        self._runtime = runtime

    def _here(self, signal: Signal) -> Signal:
        return at_cluster(signal, self._runtime.settings)

    async def _drive(self, signal: Signal, view: IncidentView, approval: Approval) -> tuple[Incident, Report | None]:
        incident, _ = await self._runtime.responder.submit(signal)
        self._under_way.append(incident.id)
        final, report = await drive(self._runtime, incident.id, view, approval)
        self._under_way.remove(incident.id)
        self.pending = final if final.open else None
        return final, report

    def answered_by(self, incident: Incident) -> str:
        return command(incident, self.connection)

    async def question(self, incident: Incident) -> Question | None:
        return await self.connection.question(incident)

    @property
    def decision_rights(self) -> DecisionRights:
        """Whoever sits here decides as `incidents approve` does."""
        from sre_agent.chat import DecisionRights  # noqa: PLC0415 - `--help` does not need it

        nobody = "Nobody decides in this conversation (--approve never)." if self._approval == "never" else ""
        return DecisionRights(self.connection.decides_as, f"login:{login()}", nobody)

    async def decide(self, incident: str, answer: ApprovalAnswer) -> tuple[Incident, Report | None]:
        """Decided, and taken to its end or to its next question."""
        incident_now = await self.connection.decide(incident, answer)
        digest = incident_now.question_digest if answer.choice == "approve" else ""
        final, report = await see_through(
            self.connection, incident_now.id, self._view, self._approval, approved_digest=digest
        )
        self.pending = final if final.open else None
        return final, report

    async def sweep(self, namespace: str) -> Sweep:
        return await self._runtime.sweeper.sweep(namespace)
