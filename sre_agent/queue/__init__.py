"""The one queue that wakes workers: it carries "look at incident X" and nothing that has to be asked back from it.

What there is to do stands in the store (`store/contract/messages.py`). At least once: a look that was taken and neither
acknowledged nor given back comes again when its time is up; one that an engine loses is asked for again by the outbox.
Looks at one incident may be made one, since each works off all that is due. One file a technology beside this.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sre_agent.domain.base import IncidentId


@dataclass(frozen=True)
class Look:
    """A look at an incident in a worker's hands; `receipt` names this delivery."""

    incident: IncidentId
    receipt: str


class Queue(Protocol):
    async def ask_for(self, incident: IncidentId, at: datetime, *, ahead_seconds: float = 0.0, cause: str) -> None:
        """Have a worker look at the incident, not before then, and at a look that is under way once more after it. What
        asks for the same at the same time for the same `cause` may be taken for one. `ahead_seconds` as a message has
        it, for what an engine can do."""

    async def take(self, now: datetime, seconds: float) -> Look | None:
        """The most urgent look that is due, hidden from others for `seconds`. An engine may wait a while for one."""

    async def extend(self, look: Look, now: datetime, seconds: float) -> None:
        """Keep it hidden for so long from now."""

    async def ack(self, look: Look) -> None:
        """Done; what was asked for while it was under way comes then."""

    async def give_back(self, look: Look, not_before: datetime) -> None:
        """Nothing was done; it comes again."""

    async def revive(self, incident: IncidentId, now: datetime) -> None:
        """A worker that had a look at the incident in its hands died: it comes again at once where the engine can do
        that, and else when its time is up."""

    async def close(self) -> None: ...
