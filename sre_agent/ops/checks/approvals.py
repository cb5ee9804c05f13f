"""Approval questions that nobody answered in time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sre_agent.domain.incident import Incident
from sre_agent.notify.escalation import load_escalation
from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.installation import InstallationView

OVERDUE: Final = timedelta(minutes=15)  # as the alert SreAgentApprovalsWait
MOST: Final = 1000


async def look(installation: InstallationView) -> OpsFinding:
    now = installation.clock.now()
    policy = load_escalation(installation.settings.notifications.escalation)
    waiting = [one for one in await installation.store.incidents(only_open=True, limit=MOST) if one.question]
    faults: list[tuple[OpsState, str]] = []
    for incident in waiting:
        age = now - await _asked_at(installation, incident)
        last_level = max((seconds for _, seconds in policy.waits(incident.severity)), default=0.0)
        if age > OVERDUE:
            everybody = age.total_seconds() > last_level + OVERDUE.total_seconds()
            text = f"{incident.id} ({incident.severity}) has waited for approval for {age.total_seconds() / 60:.0f} min"
            rest = ", and every escalation level was told." if everybody else "."
            faults.append(("problem" if everybody else "warning", text + rest))
    return OpsFinding.worst(
        faults,
        f"Open approval questions: {len(waiting)}; none is overdue.",
        figures={"waiting": len(waiting), "overdue": len(faults)},
        remedy="sre-agent incidents approve INCIDENT, or reject INCIDENT --comment WHY",
    )


async def _asked_at(installation: InstallationView, incident: Incident) -> datetime:
    """When the open question was asked; of one that the record does not have, the incident's opening."""
    at, after = incident.opened_at, 0
    while page := await installation.store.events(incident.id, after=after):
        for one in page:
            if one.event.kind == "approval.asked" and one.event.data.get("question") == incident.question:
                at = one.event.at
        after = page[-1].seq
    return at


CHECK: Final = OpsCheck("approvals", "daily", "open approval questions", look)
