"""What is on record about incidents, for answers that need no cluster.

Questions that were looked into on the way are kept as incidents, too; they are none that anybody had.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Final

from sre_agent.domain.incident import Incident
from sre_agent.domain.past_incident import SeenBefore
from sre_agent.domain.report import Report
from sre_agent.language.spans import TimeSpan
from sre_agent.memory.recall import Recall
from sre_agent.progress import Event
from sre_agent.settings.memory import MemorySettings
from sre_agent.store import EVERY_INCIDENT, IncidentFilter, Store

PAGE: Final = 200  # incidents that are read at once
PAGES: Final = 5
EVENTS: Final = 500
NEAR: Final = 0.8  # how alike a name is to the one that is meant


class IncidentHistory:
    """`cluster`: only of this one, where there are several, and what says of none where it was."""

    def __init__(self, store: Store, memory: MemorySettings, cluster: str = "") -> None:
        self._store, self._memory, self._cluster = store, memory, cluster

    async def newest(self, span: TimeSpan | None = None, *, waiting: bool = False) -> list[Incident]:
        """Newest first; of a span those that were opened in it. At most PAGES times PAGE are looked at."""
        span = span or TimeSpan()
        which = IncidentFilter(waiting=waiting, opened_from=span.start, opened_until=span.end)
        incidents: list[Incident] = []
        before = ""
        for _ in range(PAGES):
            page = await self._store.incidents(
                limit=PAGE, before=before, which=which if span or waiting else EVERY_INCIDENT
            )
            incidents += [one for one in page if self._counts(one)]
            if len(page) < PAGE:
                break
            before = page[-1].id
        return incidents

    def _counts(self, incident: Incident) -> bool:
        here = incident.cluster in ("", self._cluster) or not self._cluster
        return here and any(signal.intent == "respond" for signal in incident.signals)

    async def report(self, incident: Incident) -> Report | None:
        return await self._store.report(incident.id)

    async def events(self, incident: Incident, *kinds: str) -> list[Event]:
        """What happened in it, of these kinds, oldest first."""
        await self._store.recorded()
        events: list[Event] = []
        after = 0
        for _ in range(PAGES):
            page = await self._store.events(incident.id, after=after, limit=EVENTS)
            events += [one.event for one in page if one.event.kind in kinds]
            if len(page) < EVENTS:
                break
            after = page[-1].seq
        return events

    async def dollars(self, incident: Incident) -> float:
        """What its chat models took, in US dollars."""
        return await self._store.model_dollars(incident=incident.id)

    async def seen_before(self, incident: Incident, report: Report | None) -> list[SeenBefore]:
        """The past incidents that it is like, the most alike first, of those that had ended when it was opened. Where
        it is not remembered itself: those of its report."""
        past = await self._store.past_incident(incident.id)
        if past is None or report is None:
            return [] if report is None else report.seen_before
        return await Recall(self._store, self._memory, past.place).seen_before(
            incident, report.diagnosis, alarm=past.alarm, signs=past.observations, now=incident.opened_at
        )


def names_of(incident: Incident) -> set[str]:
    """Everything that an incident is called by: itself, its alarms, its subjects and their namespaces."""
    names = {incident.id, *(subject.name for subject in incident.subjects)}
    names |= {subject.namespace for subject in incident.subjects}
    names |= {signal.alarm.name for signal in incident.signals if signal.alarm is not None}
    names |= {hint.name for signal in incident.signals for hint in signal.hints}
    return {name.lower() for name in names if name}


def with_name(incidents: Sequence[Incident], name: str) -> tuple[Incident, ...]:
    """Those that are called so, or else have it between the hyphens of a name."""
    low = name.lower()
    names = {incident.id: names_of(incident) for incident in incidents}
    whole = [one for one in incidents if low in names[one.id] or (low.startswith("inc-") and one.id.startswith(low))]
    return tuple(whole or (one for one in incidents if any(f"-{low}-" in f"-{name}-" for name in names[one.id])))


def similar(incidents: Sequence[Incident], name: str) -> list[str]:
    """Names of theirs that are nearly so."""
    names = sorted({name for incident in incidents for name in names_of(incident)})
    return get_close_matches(name.lower(), names, n=3, cutoff=NEAR)


def clock_text(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
