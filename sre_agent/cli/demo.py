"""`sre-agent demo`: the lab, something broken in it, and the responder at work, live in the terminal."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sre_agent import entrances, state_folder
from sre_agent.cli import exits, tables
from sre_agent.cli.consoles import Terminal, console
from sre_agent.cli.drive import here, leave, see_through
from sre_agent.cli.embedded import lab_settings, require_lab
from sre_agent.cli.live import LiveView
from sre_agent.cli.loading import MODEL, open_runtime, prepare
from sre_agent.cli.options import Trace
from sre_agent.cli.printing import say, say_json
from sre_agent.cli.readiness import ensure_ready
from sre_agent.cli.scenarios import lab_error, load_scenario
from sre_agent.cli.view import Approval, IncidentView, PlainView, SilentView
from sre_agent.cli.waterfall import waterfall
from sre_agent.clock import SystemClock
from sre_agent.connections import Connection
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report
from sre_agent.errors import NotNowError
from sre_agent.preflight import VerbOptions
from sre_agent.settings import Settings, load, save

if TYPE_CHECKING:
    from sre_lab.process import LabProcess
    from sre_lab.scenario import Scenario

EXAMPLES = f"""
Examples:

  sre-agent demo                      a bad rollout, rolled back unattended

  sre-agent demo --list               what else can go wrong

  sre-agent demo evening-traffic      asks before it acts; --yes answers

  sre-agent demo flash-sale --json    the report as JSON

  sre-agent demo --trace              also show the calls as a waterfall

{exits.MEANING}
"""
LAB_ENDED = (
    "The lab stops with this run, so there is nothing left to approve later. Run the demo again in a terminal,"
    " or with --yes."
)
ALARM_WAIT = 60.0  # seconds until an alarm that does not go off is given up


def demo(
    scenario: Annotated[str, typer.Argument(help="scenario by name or file")] = "payday-evening",
    list_: Annotated[bool, typer.Option("--list", help="list the scenarios and exit")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="approve everything that the policies ask you about")
    ] = False,
    plain: Annotated[bool, typer.Option("--plain", help="plain lines instead of the live view")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the report as JSON")] = False,
    trace: Trace = False,
    model: Annotated[str | None, typer.Option(help=MODEL)] = None,
    folder: Annotated[Path, typer.Option(help="folder for state, kubeconfig, and reports")] = Path(".sre-agent/demo"),
) -> None:
    """Break something in the embedded lab and watch it being found, mended and proved."""
    from sre_lab import scenario as scenarios  # noqa: PLC0415 - only this verb, replay and lab need the lab
    from sre_lab.process import LabError, start_lab  # noqa: PLC0415

    if list_:
        _list([scenarios.load(name) for name in scenarios.names()], as_json)
        return
    loaded_scenario = load_scenario(scenario)
    require_lab()
    ensure_ready(load("embedded", model=model), VerbOptions.from_settings("model"), in_lab=True)
    live = sys.stdout.isatty() and not (plain or as_json)
    say = _intro(loaded_scenario, quiet=as_json)
    state_folder.secure(folder)
    shutil.rmtree(folder / "state", ignore_errors=True)  # the lab of an earlier run is gone, and its incidents with it
    started = time.monotonic()
    prepare()
    try:
        with start_lab(scenario, follow_wall=True, folder=folder.resolve() / "lab") as lab:
            say(f"The lab is up after {time.monotonic() - started:.1f} s with 30 minutes of history.")
            event = _alarm(lab, loaded_scenario.trigger)
            settings = lab_settings(lab, folder / "state", model=model)
            view: IncidentView = (
                LiveView(Terminal(), SystemClock()) if live else (SilentView() if as_json else PlainView())
            )
            approval: Approval = "always" if yes else "ask"
            exit_ = exits.run(_respond(lab, settings, event, view, approval, as_json, trace))
    except LabError as problem:
        raise lab_error("The lab did not start", problem) from problem
    raise exit_


async def _respond(
    lab: LabProcess,
    settings: Settings,
    event: dict[str, Any],
    view: IncidentView,
    approval: Approval,
    as_json: bool,
    trace: bool,
) -> int:
    save(settings)
    async with open_runtime(settings) as runtime:
        connection = here(runtime)
        connection.listen(view.on_event)
        try:
            signal = entrances.read(event, received_at=runtime.clock.now())[0]
            new_incident, _ = await runtime.responder.submit(signal)
            incident, report = await see_through(connection, new_incident.id, view, approval)
        finally:
            view.close()
        view.ended(incident, report, connection.reports(incident))
        _closing(lab, incident, report, connection, as_json=as_json, trace=trace)
    return exits.of(incident)


def _closing(
    lab: LabProcess, incident: Incident, report: Report | None, connection: Connection, *, as_json: bool, trace: bool
) -> None:
    if as_json:
        say_json((report or incident).model_dump(mode="json"))
        return
    if trace:
        documents = [d for d in lab.control.segments() if d.get("trace_id") == incident.trace_id]
        out = console()
        out.print(waterfall(documents, out.width))
    if incident.open:
        leave(incident, connection)
        say(LAB_ENDED if sys.stdin.isatty() else f"The approval question was not answered. {LAB_ENDED}")


def _alarm(lab: LabProcess, name: str) -> dict[str, Any]:
    """The alarm's last event into ALARM, waited for if it has not gone off yet."""
    until = time.monotonic() + ALARM_WAIT
    while True:
        events = [e for e in lab.control.alarm_events(name) if e["detail"]["state"]["value"] == "ALARM"]
        if events:
            return events[-1]
        if time.monotonic() > until:
            raise NotNowError(f"The alarm {name} did not fire within {ALARM_WAIT:.0f} s.")
        time.sleep(0.2)


def _intro(scenario: Scenario, *, quiet: bool) -> Any:
    out = Terminal(stderr=True)
    if quiet:
        return lambda text: None
    out.print(scenario.title, style="bold")
    out.print(f"{scenario.story.strip()}\n")
    return out.print


def _list(scenarios: list[Scenario], as_json: bool) -> None:
    if as_json:
        rows = [{"name": s.name, "title": s.title, "asks": s.approval, "ends": expected_outcome(s)} for s in scenarios]
        say_json(rows)
        return
    table_rows = [(one.name, one.title, "yes" if one.approval else "no", expected_outcome(one)) for one in scenarios]
    tables.show(console(), ("scenario", "symptom", "asks first", "ends"), table_rows)


def expected_outcome(scenario: Scenario) -> str:
    """How the responder ends it, as the scenario says."""
    return f"{scenario.expected.end.outcome}/{scenario.expected.end.reason}" if scenario.expected else ""
