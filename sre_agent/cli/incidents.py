"""`sre-agent incidents`: what there is, what was said, and the answers that humans give."""

from __future__ import annotations

from typing import Annotated

import typer

from mcp_servers.contract.visible import one_line
from sre_agent.cli import exits, flight_records, grades, postmortem, tables
from sre_agent.cli.connecting import Endpoint
from sre_agent.cli.consoles import Terminal, console
from sre_agent.cli.drive import command, leave, see_through
from sre_agent.cli.editing import changes_of
from sre_agent.cli.help_text import examples
from sre_agent.cli.incident_places import Which, with_records, with_runtime_of
from sre_agent.cli.options import Json, Profile, StateDir, Trace
from sre_agent.cli.printing import say, say_json
from sre_agent.cli.view import IncidentView, PlainView, SilentView
from sre_agent.cli.waterfall import documents_of, waterfall
from sre_agent.connections import Connection
from sre_agent.domain.action import Choice
from sre_agent.domain.incident import Incident
from sre_agent.domain.question import ApprovalAnswer
from sre_agent.errors import NothingStoredError

app = typer.Typer(
    help="List, read, answer and resume incidents.", epilog=exits.MEANING, no_args_is_help=True, rich_markup_mode=None
)


@app.command("list", epilog=examples("incidents list", "incidents list --json"))
def list_(
    state_dir: StateDir = None, profile: Profile = "local", endpoint: Endpoint = None, as_json: Json = False
) -> None:
    """Every incident, newest first."""

    async def work(connection: Connection) -> int:
        incidents = await connection.incidents()
        if as_json:
            say_json([incident.model_dump(mode="json") for incident in incidents])
            return exits.OK
        if not incidents:
            say(f"No incidents in {connection.place}. Start one with: sre-agent investigate …")
            return exits.OK
        several = any(one.place for one in incidents)  # clusters: else an incident does not say where it is
        headers = ("incident", "opened", "severity", "status", *(("cluster", "account") if several else ()), "title")
        tables.show(console(), headers, [_row(one, several=several) for one in incidents])
        return exits.OK

    try:
        with_records(state_dir, profile, endpoint, work)
    except NothingStoredError as nothing:  # a list may be empty
        say_json([]) if as_json else say(nothing)
        raise typer.Exit(exits.OK) from nothing


def _row(incident: Incident, *, several: bool) -> tuple[str, ...]:
    status = "waiting for approval" if incident.question else f"{incident.status}/{incident.reason}".strip("/")
    opened_at = f"{incident.opened_at:%Y-%m-%d %H:%M:%S}"
    where = (incident.cluster, incident.account) if several else ()
    return incident.id, opened_at, incident.severity, status, *where, one_line(incident.title)


def _signals(incident: Incident) -> str:
    return f"{len(incident.signals)} signal{'' if len(incident.signals) == 1 else 's'}"


@app.command(
    epilog=examples("incidents show inc-1121-d69ce219", "incidents show inc-1121-d6 --json", meaning=exits.MEANING)
)
def show(
    incident: Which,
    state_dir: StateDir = None,
    profile: Profile = "local",
    endpoint: Endpoint = None,
    trace: Trace = False,
    as_json: Json = False,
) -> None:
    """The report of an incident, or where it stands."""

    async def work(connection: Connection) -> int:
        record = await connection.incident(incident)
        report = await connection.report(record)
        if as_json:
            say_json((report or record).model_dump(mode="json"))
        elif (question := await connection.question(record)) is not None:
            from sre_agent.cli import approval  # noqa: PLC0415

            answer = command(record, connection)
            out = console()
            approval.show(question, connection.now(), out, answers=["", f"{answer}   (or: reject, edit)"])
        elif report is not None:
            from sre_agent.cli import reading  # noqa: PLC0415 - the engine and Markdown, which `--help` does not need

            reading.show(report, Terminal())
        else:
            where = f" in {record.place}" if record.place else ""
            title = f"{one_line(record.title)}{where}"
            say(f"{record.id}  {record.status}  {title}  ({_signals(record)}; {record.lacks_report})")
        if trace and not as_json:
            out = console()
            out.print(waterfall(documents_of(record, await connection.evidence(record)), out.width))
        return exits.of(record)

    with_records(state_dir, profile, endpoint, work)


def _decision(choice: Choice, help_: str, comment_: str) -> None:
    """The verb that answers with this choice."""
    calls = (f"incidents {choice} inc-1121-d6", f'incidents {choice} inc-1121-d6 --comment "{comment_}"')

    @app.command(choice, help=help_, epilog=examples(*calls, meaning=exits.MEANING))
    def decide(
        incident: Which,
        comment: str = "",
        state_dir: StateDir = None,
        profile: Profile = "local",
        endpoint: Endpoint = None,
        as_json: Json = False,
    ) -> None:
        async def work(connection: Connection) -> int:
            answer = ApprovalAnswer(choice=choice, comment=comment)
            return await _finish(connection, await connection.decide(incident, answer), as_json, answer)

        with_runtime_of(incident, state_dir, profile, endpoint, work)


_decision("approve", "Approve the action that the incident asks for, and carry it through.", "agreed")
_decision("reject", "Reject the action, and say why. It is not asked again; another remedy may be.", "not now")


@app.command(
    epilog=examples("incidents edit inc-1121-d6 --set replicas=4 --set memory_limit=512Mi", meaning=exits.MEANING)
)
def edit(
    incident: Which,
    change: Annotated[list[str], typer.Option("--set", help="ARGUMENT=VALUE of the write, repeatable")],
    comment: str = "",
    state_dir: StateDir = None,
    profile: Profile = "local",
    endpoint: Endpoint = None,
    as_json: Json = False,
) -> None:
    """Change arguments of the action. It is previewed and judged again, and you are asked about the result."""

    async def work(connection: Connection) -> int:
        question = await connection.question(await connection.incident(incident))
        arguments = changes_of(change, question.action.call.arguments if question is not None else {})
        answer = ApprovalAnswer(choice="edit", comment=comment, arguments=arguments)
        return await _finish(connection, await connection.decide(incident, answer), as_json)

    with_runtime_of(incident, state_dir, profile, endpoint, work)


@app.command(epilog=examples("incidents resume inc-1121-d6", meaning=exits.MEANING))
def resume(
    incident: Which,
    state_dir: StateDir = None,
    profile: Profile = "local",
    endpoint: Endpoint = None,
    as_json: Json = False,
) -> None:
    """Go on with an incident whose process died."""

    async def work(connection: Connection) -> int:
        return await _finish(connection, await connection.resume(incident), as_json)

    with_runtime_of(incident, state_dir, profile, endpoint, work)


app.command(epilog=examples('incidents grade inc-1121-d6 wrong --note "a disk was full"'))(grades.grade)
app.command(epilog=examples("incidents calibration", "incidents calibration --json"))(grades.calibration)
app.command(epilog=examples("incidents postmortem inc-1121-d6 --out review.md"))(postmortem.postmortem)
app.command("export", epilog=examples("incidents export inc-1121-d6"))(flight_records.export)
app.command("why-not", epilog=examples("incidents why-not inc-1121-d6 image_pull_failed"))(flight_records.why_not)
app.command("what-if", epilog=examples("incidents what-if inc-1121-d6 --without E3"))(flight_records.what_if)


@app.command(epilog=examples("incidents cancel inc-1121-d6", meaning=exits.MEANING))
def cancel(
    incident: Which,
    state_dir: StateDir = None,
    profile: Profile = "local",
    endpoint: Endpoint = None,
    as_json: Json = False,
) -> None:
    """End an incident here and now; it escalates."""

    async def work(connection: Connection) -> int:
        return await _finish(connection, await connection.cancel(incident), as_json)

    with_records(state_dir, profile, endpoint, work)


async def _finish(
    connection: Connection, incident: Incident, as_json: bool, answer: ApprovalAnswer | None = None
) -> int:
    """Takes it to its end. Who has just approved is not asked to approve the same a second time."""
    view: IncidentView = SilentView() if as_json else PlainView(about=[incident.id])
    connection.listen(view.on_event)
    approved_digest = incident.question_digest if answer is not None and answer.choice == "approve" else ""
    final_incident, report = await see_through(connection, incident.id, view, "ask", approved_digest=approved_digest)
    view.ended(final_incident, report, connection.reports(final_incident))
    if as_json:
        say_json((report or final_incident).model_dump(mode="json"))
    if final_incident.open:
        leave(final_incident, connection, err=as_json)
    return exits.of(final_incident)
