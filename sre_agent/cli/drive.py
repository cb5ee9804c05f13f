"""Takes one incident to its end (or to a question that nobody here answers), whatever verb asked for it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from sre_agent.cli.printing import say
from sre_agent.cli.view import Approval, IncidentView, operator
from sre_agent.domain.action import Choice
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report
from sre_agent.settings import Settings, StateSettings

if TYPE_CHECKING:
    from sre_agent.compose import OfflineRuntime


async def drive(
    runtime: OfflineRuntime, incident_id: str, view: IncidentView, approval: Approval
) -> tuple[Incident, Report | None]:
    """The incident as it stands at the end, with its report. An open question stays open when nobody answers it."""

    async def pausing() -> bool:
        incident = await runtime.responder.incident(incident_id)
        return not incident.open or bool(incident.question)

    while True:
        await runtime.worker.run_until(pausing)
        incident = await runtime.responder.incident(incident_id)
        if not incident.open or not incident.question:
            return incident, await runtime.store.report(incident.id)
        choice = await _choice(runtime, view, approval, incident)
        if choice is None:
            return incident, None
        await runtime.responder.decide(incident.id, choice, by=operator(runtime.settings.approvals.operator))


async def _choice(runtime: OfflineRuntime, view: IncidentView, approval: Approval, incident: Incident) -> Choice | None:
    if approval == "always":
        return "approve"
    if approval == "never":
        return "reject"
    question = await runtime.worker.question(incident)
    return view.ask(question, runtime.clock.now()) if question is not None else None


def command(incident: Incident, settings: Settings) -> str:
    """The command that takes an open incident on, from the folder that this run was started in: it answers the
    question, or goes on with what was broken off."""
    verb = "approve" if incident.question else "resume"
    usual = StateSettings().state_dir
    given = settings.state.state_dir
    folder = [] if given == usual else ["--state-dir", str(given)]
    return shlex.join(["sre-agent", "incidents", verb, incident.id, *folder])


def leave(incident: Incident, settings: Settings, *, err: bool = False) -> None:
    """Tells how an open incident is answered or taken on later."""
    does = command(incident, settings)
    if not incident.question:
        say(f"Incident {incident.id} is not finished. Continue with: {does}", err=err)
        return
    by = operator(settings.approvals.operator)
    say(f"Incident {incident.id} is waiting for approval. Answer with (as {by}):", err=err)
    say(f"  {does}", err=err)
    say(f"  {does.replace(' approve ', ' reject ', 1)}", err=err)


def report_paths(runtime: OfflineRuntime, incident: Incident) -> list[str]:
    folder = runtime.settings.state.state_dir / "reports"
    names = (f"{incident.id}.md", f"{incident.id}.json", f"{incident.id}.class.yaml")
    return [str(folder / name) for name in names if (folder / name).exists()]
