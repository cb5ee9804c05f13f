"""What is remembered of one incident, for who reads it or wants it recalled no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sre_agent.domain.base import IncidentId
from sre_agent.domain.past_incident import PastIncident
from sre_agent.errors import AbsentError

if TYPE_CHECKING:
    from sre_agent.progress import Progress
    from sre_agent.store import Store


async def memory_of(incident_id: str, store: Store) -> PastIncident:
    """What is remembered of an incident. Raises AbsentError."""
    past = await store.past_incident(IncidentId(incident_id))
    if past is None:
        raise AbsentError(f"Nothing is remembered of an incident {incident_id!r}.")
    return past


async def forget(incident_id: str, store: Store, progress: Progress, *, by: str) -> PastIncident:
    """Have an incident recalled no more; what was remembered of it. The record says who wanted that. Raises
    AbsentError."""
    past = await memory_of(incident_id, store)
    if await store.forget_past_incident(past.incident):
        progress.say("memory.forgotten", past.incident, by=by)
    return past
