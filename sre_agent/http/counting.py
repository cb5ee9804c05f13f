"""Counts what the engine is asked over HTTP beside incidents, which count themselves when they end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sre_agent.http.dependencies import EngineState
from sre_agent.http.metrics import ServiceMetrics
from sre_agent.http.service import RunEngine

if TYPE_CHECKING:
    from sre_agent.chat import ChatReply
    from sre_agent.chat_sessions import TurnFollower
    from sre_agent.domain.incident import Incident
    from sre_agent.domain.question import Question
    from sre_agent.domain.sweep import Sweep, SweepOptions

FAILED = "failed"


class CountingEngine:
    """The engine itself, for whoever asks it."""

    def __init__(self, engine: RunEngine, metrics: ServiceMetrics) -> None:
        self._engine, self._metrics = engine, metrics

    @property
    def state(self) -> EngineState:
        return self._engine.state

    @property
    def workers(self) -> int:
        return self._engine.workers

    @property
    def busy(self) -> int:
        return self._engine.busy

    async def sweep(self, options: SweepOptions) -> Sweep:
        status = FAILED
        try:
            sweep = await self._engine.sweep(options)
            status = "done"
        finally:
            self._metrics.count("sweep", status)
        return sweep

    async def ask(self, session: str, text: str, *, by: str, follower: TurnFollower) -> ChatReply:
        status = FAILED
        try:
            reply = await self._engine.ask(session, text, by=by, follower=follower)
            status = reply.outcome
        finally:
            self._metrics.count("chat", status)
        return reply

    async def end_session(self, session: str) -> bool:
        return await self._engine.end_session(session)

    async def question(self, incident: Incident) -> Question | None:
        return await self._engine.question(incident)
