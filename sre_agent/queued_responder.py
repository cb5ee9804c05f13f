"""The ways out of a conversation with the service: incidents go through the queue to whichever worker is free.

A command line takes its incident to the end itself; here that would be one worker more, which takes others' too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from sre_agent.chat import DecisionRights
from sre_agent.chat_sessions import CurrentTurn
from sre_agent.clock import Clock
from sre_agent.domain.incident import Incident
from sre_agent.domain.question import ApprovalAnswer, Question
from sre_agent.domain.report import Report
from sre_agent.domain.signal import Hint, Signal
from sre_agent.domain.sweep import Sweep
from sre_agent.entrances import sentence
from sre_agent.responder import Responder
from sre_agent.store import Store
from sre_agent.sweep import Sweeper

POLL_SECONDS: Final = 0.25  # between two looks at an incident that another thread or process works on


class QueuedResponder:
    """`cluster` is the one that the conversation is about, where there are several. `question` reads an incident's open
    question."""

    def __init__(
        self,
        responder: Responder,
        store: Store,
        sweeper: Sweeper,
        clock: Clock,
        turn: CurrentTurn,
        cluster: str = "",
        *,
        question: Callable[[Incident], Awaitable[Question | None]],
    ) -> None:
        self._cluster, self._question = cluster, question
        self._responder, self._store, self._sweeper, self._clock = responder, store, sweeper, clock
        self._turn = turn

    async def investigate(self, text: str, hints: Sequence[Hint]) -> Report | None:
        """The report of an investigation that only looks."""
        now = self._clock.now()
        signal = sentence.signal(text, intent="answer", received_at=now, hints=hints)
        incident, _ = await self._responder.submit(self._here(signal))
        return await self._store.report((await self._pausing(incident)).id)

    async def respond(self, text: str, hints: Sequence[Hint]) -> tuple[Incident, Report | None]:
        """An incident at its end, or at a question that nobody answers while this turn lasts."""
        signal = sentence.signal(text, intent="respond", received_at=self._clock.now(), hints=hints)
        return await self._seen_through(self._here(signal))

    def _here(self, signal: Signal) -> Signal:
        return signal.model_copy(update={"cluster": self._cluster}) if self._cluster else signal

    def answered_by(self, incident: Incident) -> str:
        return f"sre-agent incidents approve {incident.id}"

    async def sweep(self, namespace: str) -> Sweep:
        return await self._sweeper.sweep(namespace)

    async def question(self, incident: Incident) -> Question | None:
        return await self._question(incident)

    @property
    def decision_rights(self) -> DecisionRights:
        return self._turn.follower.rights

    async def decide(self, incident: str, answer: ApprovalAnswer) -> tuple[Incident, Report | None]:
        """Decided as the caller of the present turn. A worker goes on with it, and the turn does not wait for that."""
        rights = self.decision_rights
        await self._responder.decide(incident, answer, by=rights.name, identity=rights.identity)
        self._turn.follower.step("incident", {"incident": incident})
        return await self._responder.incident(incident), None

    async def _seen_through(self, signal: Signal) -> tuple[Incident, Report | None]:
        incident, _ = await self._responder.submit(signal)
        self._turn.follower.step("incident", {"incident": incident.id})
        final_incident = await self._pausing(incident)
        return final_incident, None if final_incident.open else await self._store.report(final_incident.id)

    async def _pausing(self, incident: Incident) -> Incident:
        """The incident when it has ended, or asks what nobody here answers."""
        while True:
            current = await self._store.incident(incident.id)
            if current is None or not current.open:
                return current or incident
            if current.question and not self._turn.follower.decides:
                return current
            await asyncio.sleep(POLL_SECONDS)
