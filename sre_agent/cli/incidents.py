"""`sre-agent incidents`: what there is, what was said, and the answers that humans give."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcp_servers.contract.visible import one_line
from sre_agent.cli import exits, tables
from sre_agent.cli.consoles import Terminal, console
from sre_agent.cli.drive import command, drive, leave, report_paths
from sre_agent.cli.loading import open_offline_runtime, open_runtime
from sre_agent.cli.options import Profile, StateDir, Trace
from sre_agent.cli.printing import say, say_json
from sre_agent.cli.readiness import ensure_ready
from sre_agent.cli.view import Approval, IncidentView, PlainView, SilentView, operator
from sre_agent.cli.waterfall import documents_of, waterfall
from sre_agent.domain.action import Choice
from sre_agent.domain.incident import Incident
from sre_agent.errors import NothingStoredError
from sre_agent.preflight import VerbOptions
from sre_agent.settings import Settings, at_hand

if TYPE_CHECKING:
    from sre_agent.compose import OfflineRuntime, Runtime

app = typer.Typer(
    help="List, read, answer and resume incidents.", epilog=exits.MEANING, no_args_is_help=True, rich_markup_mode=None
)


def _examples(*calls: str, meaning: str = exits.MEANING) -> str:
    """What `--help` ends with."""
    return "\n\n".join(["Examples:", *(f"  sre-agent {call}" for call in calls), meaning])


Which = Annotated[str, typer.Argument(help="the incident's id, or the start of it")]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]


@app.command("list", epilog=_examples("incidents list", "incidents list --json", meaning=exits.LISTED))
def list_(state_dir: StateDir = None, profile: Profile = "aws", as_json: Json = False) -> None:
    """Every incident, newest first."""

    async def work(records: OfflineRuntime) -> int:
        known = await records.store.incidents()
        if as_json:
            say_json([incident.model_dump(mode="json") for incident in known])
            return exits.OK
        if not known:
            say(f"No incidents in {records.settings.state.state_dir}. Start one with: sre-agent investigate …")
            return exits.OK
        tables.show(console(), ("incident", "opened", "severity", "status", "title"), [_row(one) for one in known])
        return exits.OK

    try:
        settings = at_hand(state_dir, profile)
    except NothingStoredError as nothing:  # a list may be empty
        say_json([]) if as_json else say(nothing)
        raise typer.Exit(exits.OK) from nothing
    _with_records(settings, work)


def _row(incident: Incident) -> tuple[str, ...]:
    status = "waiting for approval" if incident.question else f"{incident.status}/{incident.reason}".strip("/")
    opened = f"{incident.opened_at:%Y-%m-%d %H:%M:%S}"
    return incident.id, opened, incident.severity, status, one_line(incident.title)


def _signals(incident: Incident) -> str:
    return f"{len(incident.signals)} signal{'' if len(incident.signals) == 1 else 's'}"


@app.command(epilog=_examples("incidents show inc-1121-d69ce219", "incidents show inc-1121-d6 --json"))
def show(
    incident: Which,
    state_dir: StateDir = None,
    profile: Profile = "aws",
    trace: Trace = False,
    as_json: Json = False,
) -> None:
    """The report of an incident, or where it stands."""

    async def work(records: OfflineRuntime) -> int:
        found = await records.responder.incident(incident)
        report = await records.store.report(found.id)
        if as_json:
            say_json((report or found).model_dump(mode="json"))
        elif (question := await records.worker.question(found)) is not None:
            from sre_agent.cli import approval  # noqa: PLC0415

            answer = command(found, records.settings)
            out = console()
            approval.show(question, records.clock.now(), out, answers=["", f"{answer}   (or: reject)"])
        elif report is not None:
            from sre_agent.cli import reading  # noqa: PLC0415 - the engine and Markdown, which `--help` does not need

            reading.show(report, Terminal())
        else:
            say(f"{found.id}  {found.status}  {one_line(found.title)}  ({_signals(found)}; no report yet)")
        if trace and not as_json:
            out = console()
            out.print(waterfall(documents_of(found, await records.store.ledger(found.id)), out.width))
        return exits.of(found)

    _with_records(at_hand(state_dir, profile), work)


@app.command(epilog=_examples("incidents approve inc-1121-d6", 'incidents approve inc-1121-d6 --comment "agreed"'))
def approve(
    incident: Which, comment: str = "", state_dir: StateDir = None, profile: Profile = "aws", as_json: Json = False
) -> None:
    """Approve the action that the incident asks for, and take it to its end."""
    _decide(incident, "approve", comment, at_hand(state_dir, profile), as_json)


@app.command(epilog=_examples("incidents reject inc-1121-d6", 'incidents reject inc-1121-d6 --comment "not now"'))
def reject(
    incident: Which, comment: str = "", state_dir: StateDir = None, profile: Profile = "aws", as_json: Json = False
) -> None:
    """Reject the action that the incident asks for; it escalates."""
    _decide(incident, "reject", comment, at_hand(state_dir, profile), as_json)


@app.command(epilog=_examples("incidents resume inc-1121-d6"))
def resume(incident: Which, state_dir: StateDir = None, profile: Profile = "aws", as_json: Json = False) -> None:
    """Go on with an incident whose process died."""

    async def work(runtime: Runtime) -> int:
        found = await runtime.responder.resume(incident)
        return await _finish(runtime, found, "ask", as_json)

    _with_runtime_of(incident, at_hand(state_dir, profile), work)


@app.command(epilog=_examples("incidents cancel inc-1121-d6"))
def cancel(incident: Which, state_dir: StateDir = None, profile: Profile = "aws", as_json: Json = False) -> None:
    """End an incident here and now; it escalates."""

    async def work(records: OfflineRuntime) -> int:
        found = await records.responder.incident(incident)
        await records.responder.cancel(found.id)
        return await _finish(records, found, "ask", as_json)

    _with_records(at_hand(state_dir, profile), work)


def _decide(incident: str, choice: Choice, comment: str, settings: Settings, as_json: bool) -> None:
    async def work(runtime: Runtime) -> int:
        by = operator(settings.approvals.operator)
        decision = await runtime.responder.decide(incident, choice, by=by, comment=comment)
        found = await runtime.responder.incident(decision.incident)
        return await _finish(runtime, found, "ask", as_json)

    _with_runtime_of(incident, settings, work)


async def _finish(runtime: OfflineRuntime, incident: Incident, approval: Approval, as_json: bool) -> int:
    view: IncidentView = SilentView() if as_json else PlainView(about=[incident.id])
    runtime.progress.listen(view.on_event)
    ended, report = await drive(runtime, incident.id, view, approval)
    view.ended(ended, report, report_paths(runtime, ended))
    if as_json:
        say_json((report or ended).model_dump(mode="json"))
    if ended.open:
        leave(ended, runtime.settings, err=as_json)
    return exits.of(ended)


def _with_records(settings: Settings, work: Callable[[Any], Awaitable[int]]) -> None:
    """For what needs neither cluster nor servers: those of the settings may be gone."""

    async def run() -> int:
        async with open_offline_runtime(settings) as records:
            return await work(records)

    raise exits.run(run())


def _with_runtime_of(incident: str, settings: Settings, work: Callable[[Any], Awaitable[int]]) -> None:
    """With the settings that the incident was started with, whatever was started since."""

    async def run() -> int:
        async with open_offline_runtime(settings) as records:
            found = await records.responder.incident(incident)
            own = ensure_ready(await records.runtimes.settings(found.id), VerbOptions(fixed_by_incident=True))
        async with open_runtime(own) as runtime:
            return await work(runtime)

    raise exits.run(run())
