"""`sre-agent lab`: the embedded world to try things by hand."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from sre_agent.cli import tables
from sre_agent.cli.embedded import require_lab
from sre_agent.cli.view import console
from sre_agent.errors import BadInputError

app = typer.Typer(help="The embedded lab, for use by hand.", no_args_is_help=True, rich_markup_mode=None)

EXAMPLES = """
Examples:

  sre-agent lab up                          the default scenario, until Ctrl-C

  sre-agent lab up flash-sale --folder lab   its kubeconfig in ./lab

  sre-agent lab list                        what can go wrong

  sre-agent lab show flash-sale --answer    its story, its cause, and what heals it
"""


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False) -> None:
    """The shipped scenarios."""
    from sre_lab import scenario  # noqa: PLC0415 - only this group needs the lab

    known = [scenario.load(name) for name in scenario.names()]
    if as_json:
        print(json.dumps([{"name": s.name, "title": s.title, "story": s.story} for s in known], indent=2))
        return
    tables.show(console(), ("scenario", "what users see"), [(one.name, escape(one.title)) for one in known])


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="scenario by name or file")],
    answer: Annotated[
        bool, typer.Option("--answer", help="tell the cause, and what heals it and what does not")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """What users see of a scenario; its story and its answer only when asked for, so that it can be practised on."""
    from sre_lab import scenario  # noqa: PLC0415

    try:
        one = scenario.load(name)
    except scenario.ScenarioError as problem:
        raise BadInputError(str(problem)) from problem
    told: dict[str, Any] = {"name": one.name, "title": one.title, "alarm": one.trigger}
    if answer:
        told["story"] = one.story
    if answer and one.expected is not None:
        told |= {
            "causes": [f"{cause.failure_class} on {cause.subject}: {cause.says}" for cause in one.expected.causes],
            "heals": [remedy.says for remedy in one.expected.accepted],
            "does not": [f"{remedy.says}: {remedy.why}" for remedy in one.expected.forbidden],
            "ends": f"{one.expected.end.outcome}/{one.expected.end.reason}",
        }
    if as_json:
        print(json.dumps(told, indent=2))
        return
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for what, value in told.items():
        table.add_row(what, escape("\n".join(value) if isinstance(value, list) else str(value)))
    console().print(table)


@app.command(epilog=EXAMPLES)
def up(
    source: Annotated[
        str, typer.Argument(help="scenario by name or file, or a recorded world (.json)")
    ] = "payday-evening",
    folder: Annotated[
        Path | None, typer.Option(help="where the kubeconfig goes; a temporary folder without it")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the endpoints as JSON")] = False,
) -> None:
    """Start a lab and keep it running until Ctrl-C."""
    from sre_lab.process import LabError, start_lab  # noqa: PLC0415

    require_lab()
    where = folder or Path(tempfile.mkdtemp(prefix="sre-agent-lab-"))
    started = time.monotonic()
    try:
        with start_lab(source, follow_wall=True, folder=where.resolve()) as lab:
            ends = lab.endpoints
            if as_json:
                print(ends.model_dump_json(), flush=True)
            else:
                print(f"The lab is up after {time.monotonic() - started:.1f} s: {ends.scenario}. Ctrl-C ends it.\n")
                print(f"  export KUBECONFIG={ends.kubeconfig}")
                print(f"  export AWS_ENDPOINT_URL={ends.aws} AWS_REGION={ends.region}")
                print("  export AWS_ACCESS_KEY_ID=lab AWS_SECRET_ACCESS_KEY=lab\n")
                print(f"  Prometheus  {ends.prometheus}")
                print(f"  control     {ends.control}/state")
                if ends.trigger:
                    print(f"\n  sre-agent investigate {ends.trigger}", flush=True)
            try:
                lab.process.wait()
            except KeyboardInterrupt:
                return
    except LabError as problem:
        raise BadInputError(f"The lab {source!r} did not start: {problem}") from problem
