"""What is remembered of incidents that have ended: it outlives them, and is forgotten by rules of its own."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final, Protocol

from sre_agent.domain.base import IncidentId
from sre_agent.domain.past_incident import PastIncident

WORDS: Final = 24  # of a text that are searched for
_WORD: Final = re.compile(r"\w{2,64}")


class PastIncidentStore(Protocol):
    async def keep_past_incident(self, past: PastIncident) -> None:
        """In place of what was remembered of it."""

    async def past_incident(self, incident: IncidentId) -> PastIncident | None: ...

    async def past_incidents(
        self, *, place: str = "", namespace: str | None = None, limit: int = 200, before: str = ""
    ) -> list[PastIncident]:
        """Those that ended last first; of one namespace of a place, or of everywhere; with `before` (an incident) those
        that ended before it."""

    async def past_incidents_of_alarm(self, alarm: str, *, place: str, limit: int) -> list[PastIncident]:
        """Those of one alarm in one place that ended last first."""

    async def past_incidents_like(self, text: str, *, place: str, namespace: str, limit: int) -> list[PastIncident]:
        """Those of one namespace that have words of this text, the most alike first."""

    async def forget_past_incident(self, incident: IncidentId) -> bool:
        """Whether there was anything to forget."""

    async def forget_past_incidents(self, *, ended_before: datetime, most: int) -> list[IncidentId]:
        """Those that ended before then, and of the others the oldest beyond `most`; which."""


def words_of(text: str) -> list[str]:
    """The words that a search looks for, each once."""
    return list(dict.fromkeys(word.casefold() for word in _WORD.findall(text)))[:WORDS]
