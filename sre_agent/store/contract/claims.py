"""Which incident may write to which target at the moment."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sre_agent.domain.base import IncidentId


class ClaimStore(Protocol):
    async def claim(self, target: str, incident: IncidentId, now: datetime, seconds: float) -> IncidentId:
        """Who may write to a target for so long: this incident, where it is the first or holds it already; else the
        one whose claim stands."""

    async def release_claims(self, incident: IncidentId) -> None:
        """It writes no more."""
