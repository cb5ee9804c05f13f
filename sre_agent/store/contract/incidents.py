"""Incidents with the settings that they were started with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from sre_agent.domain.base import IncidentId, Severity
from sre_agent.domain.incident import Incident, Reason, Status
from sre_agent.domain.signal import Signal


@dataclass(frozen=True)
class IncidentFilter:
    """Which incidents are meant; what is empty or None does not matter. `waiting`: for an approval. `text` is part of
    the title, in any case; `namespace` one that a subject of theirs is in."""

    statuses: tuple[Status, ...] = ()
    reasons: tuple[Reason, ...] = ()
    severities: tuple[Severity, ...] = ()
    waiting: bool = False
    namespace: str = ""
    text: str = ""
    opened_from: datetime | None = None
    opened_until: datetime | None = None


EVERY_INCIDENT: Final = IncidentFilter()


class IncidentStore(Protocol):
    async def attach_or_create(self, signal: Signal, new: Incident, settings: str = "") -> tuple[Incident, bool]:
        """The open incident of `new`'s fingerprint with the signal attached (once), or `new`. True: created, and these
        settings are kept with it."""

    async def settings(self, incident: IncidentId) -> str | None:
        """What was kept of its settings; None for an incident of an older version."""

    async def incident(self, incident: IncidentId) -> Incident | None: ...

    async def incidents(
        self, *, only_open: bool = False, limit: int = 50, before: str = "", which: IncidentFilter = EVERY_INCIDENT
    ) -> list[Incident]:
        """Newest first; with `before` only those that are older than this one."""

    async def update(self, incident: IncidentId, epoch: int, **fields: Any) -> Incident:
        """Change fields of an incident as its current writer. Raises LeaseLostError."""
