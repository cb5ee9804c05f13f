"""Who writes an incident at the moment: one holder at a time, fenced by an epoch that each lease raises.

A store knows times and epochs only. Whether the process behind a holder still lives is for its callers to say.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sre_agent.domain.base import IncidentId


class LeaseStore(Protocol):
    async def lease(self, incident: IncidentId, holder: str, now: datetime, seconds: float) -> int | None:
        """Become the incident's writer: the new epoch, or None while another holder's lease has not run out."""

    async def renew(self, incident: IncidentId, epoch: int, now: datetime, seconds: float) -> bool:
        """Keep the lease; False when it is lost."""

    async def writes(self, incident: IncidentId, epoch: int) -> bool:
        """Whether the lease of this epoch is the incident's latest."""

    async def release(self, incident: IncidentId, epoch: int) -> None: ...

    async def lease_holder(self, incident: IncidentId) -> str:
        """Who took its lease last and did not release it; empty where nobody has it."""

    async def release_from(self, incident: IncidentId, holder: str) -> bool:
        """Release the lease of a holder that is known to have ended; False where another one has it by now."""
