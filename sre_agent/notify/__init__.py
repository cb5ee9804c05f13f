"""Who hears of an incident's turns. The contract; one file a technology beside it."""

from __future__ import annotations

from typing import Protocol

from sre_agent.domain.action import Action
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report


class Notifier(Protocol):
    async def approval_asked(self, incident: Incident, action: Action, question: str) -> None:
        """A human has to decide; the text says how."""

    async def ended(self, incident: Incident, report: Report) -> None: ...
