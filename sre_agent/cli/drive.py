"""Takes one incident to its end (or to a question that nobody here answers), whatever verb asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sre_agent.cli.view import Approval, View, operator
from sre_agent.domain.action import Choice
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report

if TYPE_CHECKING:
    from sre_agent.compose import Records


async def drive(workshop: Records, incident_id: str, view: View, approval: Approval) -> tuple[Incident, Report | None]:
    """The incident as it stands at the end, with its report. An open question stays open when nobody answers it."""

    async def pausing() -> bool:
        incident = await workshop.responder.incident(incident_id)
        return not incident.open or bool(incident.question)

    while True:
        await workshop.worker.run_until(pausing)
        incident = await workshop.responder.incident(incident_id)
        if not incident.open or not incident.question:
            return incident, await workshop.store.report(incident.id)
        choice = await _choice(workshop, view, approval, incident)
        if choice is None:
            return incident, None
        await workshop.responder.decide(incident.id, choice, by=operator(workshop.settings.operator))


async def _choice(workshop: Records, view: View, approval: Approval, incident: Incident) -> Choice | None:
    if approval == "always":
        return "approve"
    if approval == "never":
        return "reject"
    action = await workshop.worker.proposed(incident.id)
    return view.ask(incident, action) if action is not None else None


def report_paths(workshop: Records, incident: Incident) -> list[str]:
    folder = workshop.settings.state_dir / "reports"
    names = (f"{incident.id}.md", f"{incident.id}.json", f"{incident.id}.class.yaml")
    return [str(folder / name) for name in names if (folder / name).exists()]
