"""Takes one incident to its end (or to a question that nobody here answers), whatever verb asked for it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from sre_agent.cli.printing import say
from sre_agent.cli.view import Approval, IncidentView, operator
from sre_agent.connections import Connection
from sre_agent.connections.local import LocalConnection
from sre_agent.domain.base import IncidentId
from sre_agent.domain.incident import Incident
from sre_agent.domain.question import ApprovalAnswer
from sre_agent.domain.report import Report

if TYPE_CHECKING:
    from sre_agent.compose import OfflineRuntime


def here(runtime: OfflineRuntime) -> LocalConnection:
    """This process does the work, and decides under its operator's name."""
    return LocalConnection(runtime, operator(runtime.settings.approvals.operator))


async def drive(
    runtime: OfflineRuntime, incident_id: str, view: IncidentView, approval: Approval
) -> tuple[Incident, Report | None]:
    """The same as `see_through` in this process."""
    return await see_through(here(runtime), IncidentId(incident_id), view, approval)


async def see_through(
    connection: Connection,
    incident_id: IncidentId,
    view: IncidentView,
    approval: Approval,
    *,
    approved_digest: str = "",
) -> tuple[Incident, Report | None]:
    """The incident as it stands at the end, with its report. An open question stays open when nobody answers it.
    `approved_digest` is the digest of the action that this person has approved already."""
    while True:
        incident = await connection.follow(incident_id)
        if not incident.open or not incident.question:
            return incident, await connection.report(incident)
        own = incident.sign_offs and incident.question_digest == approved_digest  # it takes another person now
        answer = None if own else await choose(connection, view, approval, incident)
        if answer is None:
            return incident, None
        approved_digest = incident.question_digest if answer.choice == "approve" else ""
        await connection.decide(incident.id, answer)


async def choose(
    connection: Connection, view: IncidentView, approval: Approval, incident: Incident
) -> ApprovalAnswer | None:
    """The answer to the incident's open question; None where nobody gives one now."""
    if approval == "always":
        return ApprovalAnswer(choice="approve")
    if approval == "never":
        return ApprovalAnswer(choice="reject")
    question = await connection.question(incident)
    return view.ask(question, connection.now()) if question is not None else None


def command(incident: Incident, connection: Connection) -> str:
    """The command that takes an open incident on, from the folder that this run was started in: it answers the
    question, or goes on with what was broken off."""
    verb = "approve" if incident.question else "resume"
    return shlex.join(["sre-agent", "incidents", verb, incident.id, *connection.options])


def leave(incident: Incident, connection: Connection, *, err: bool = False) -> None:
    """Tells how an open incident is answered or taken on later."""
    does = command(incident, connection)
    if not incident.question:
        say(f"Incident {incident.id} is not finished. Continue with: {does}", err=err)
        return
    by = f" (as {connection.decides_as})" if connection.decides_as else ""
    another = " by another person" if incident.sign_offs else ""
    say(f"Incident {incident.id} is waiting for approval{another}. Answer with{by}:", err=err)
    say(f"  {does}", err=err)
    say(f"  {does.replace(' approve ', ' reject ', 1)}", err=err)
