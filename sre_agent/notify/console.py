"""Tells whoever reads the terminal or the log of the process."""

from __future__ import annotations

import sys
from typing import TextIO

from mcp_servers.contract.visible import visible
from sre_agent.domain.action import Action
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report
from sre_agent.settings import ApprovalSettings


class ConsoleNotifier:
    """Writes to standard error by default, so that standard output stays the command's own."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stderr

    async def approval_asked(self, incident: Incident, action: Action, question: str) -> None:
        self._say(
            f"Incident {incident.id} asks for approval: {action.asks}\n"
            f"  {action.call.tool} on {action.subject}; {action.blast_radius}\n"
            f"  Answer with: sre-agent incidents approve {incident.id}   (or: reject)"
        )

    async def ended(self, incident: Incident, report: Report) -> None:
        self._say(f"Incident {incident.id} ended {report.status}/{report.reason}: {report.statement}")

    def _say(self, text: str) -> None:
        print(visible(text), file=self._stream)


class SilentNotifier:
    """For callers that show an incident's turns themselves."""

    async def approval_asked(self, incident: Incident, action: Action, question: str) -> None:
        return None

    async def ended(self, incident: Incident, report: Report) -> None:
        return None


def from_settings(settings: ApprovalSettings) -> ConsoleNotifier:
    return ConsoleNotifier()
