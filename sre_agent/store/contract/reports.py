"""The report of each incident."""

from __future__ import annotations

from typing import Protocol

from sre_agent.domain.base import IncidentId
from sre_agent.domain.report import Report


class ReportStore(Protocol):
    async def keep_report(self, report: Report, epoch: int) -> None:
        """Raises LeaseLostError, as `update` does."""

    async def report(self, incident: IncidentId) -> Report | None: ...
