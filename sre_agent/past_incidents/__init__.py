"""Where past incidents are remembered, if not in the store itself: one file per technology, `PastIncidentStore` each.

The store stays one thing for everybody who uses it: what is asked of past incidents goes on to where they are.
"""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import Any, Protocol, TypeVar, cast

from sre_agent.domain.base import IncidentId
from sre_agent.domain.past_incident import PastIncident
from sre_agent.errors import MemoryUnavailableError, SreAgentError
from sre_agent.store import Store
from sre_agent.store.contract.past_incidents import PastIncidentStore

R = TypeVar("R")


class ClosablePastIncidents(PastIncidentStore, Protocol):
    async def close(self) -> None: ...


def remembering_in(store: Store, past: ClosablePastIncidents) -> Store:
    """This store, with its past incidents in `past`; closing it closes both."""
    return cast(Store, _StoreWithMemory(store, past))


class _StoreWithMemory:
    def __init__(self, store: Store, past: ClosablePastIncidents) -> None:
        self._store, self._past = store, past

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def keep_past_incident(self, past: PastIncident) -> None:
        await _answer_of(self._past.keep_past_incident(past))

    async def past_incident(self, incident: IncidentId) -> PastIncident | None:
        return await _answer_of(self._past.past_incident(incident))

    async def past_incidents(
        self, *, place: str = "", namespace: str | None = None, limit: int = 200, before: str = ""
    ) -> list[PastIncident]:
        past = self._past.past_incidents(place=place, namespace=namespace, limit=limit, before=before)
        return await _answer_of(past)

    async def past_incidents_of_alarm(self, alarm: str, *, place: str, limit: int) -> list[PastIncident]:
        return await _answer_of(self._past.past_incidents_of_alarm(alarm, place=place, limit=limit))

    async def past_incidents_like(self, text: str, *, place: str, namespace: str, limit: int) -> list[PastIncident]:
        return await _answer_of(self._past.past_incidents_like(text, place=place, namespace=namespace, limit=limit))

    async def forget_past_incident(self, incident: IncidentId) -> bool:
        return await _answer_of(self._past.forget_past_incident(incident))

    async def forget_past_incidents(self, *, ended_before: datetime, most: int) -> list[IncidentId]:
        return await _answer_of(self._past.forget_past_incidents(ended_before=ended_before, most=most))

    async def close(self) -> None:
        try:
            await self._past.close()
        finally:
            await self._store.close()


async def _answer_of(answer: Awaitable[R]) -> R:
    """Whatever is wrong with a memory elsewhere, the store itself works: who can do without memory goes on."""
    try:
        return await answer
    except SreAgentError as problem:
        raise MemoryUnavailableError(f"What is remembered of past incidents cannot be reached: {problem}") from problem
