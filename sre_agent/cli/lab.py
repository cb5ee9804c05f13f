"""`sre-agent lab`: the embedded world to try things by hand."""

from __future__ import annotations

import os
import shlex
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from sre_agent.cli import exits, tables
from sre_agent.cli.consoles import console
from sre_agent.cli.embedded import require_lab
from sre_agent.cli.options import Json
from sre_agent.cli.printing import say, say_json
from sre_agent.cli.scenarios import lab_error, load_scenario, require_scenario

if TYPE_CHECKING:
    from sre_lab.endpoints import LabEndpoints

app = typer.Typer(
    help="Run the embedded lab by hand.", epilog=exits.LISTED, no_args_is_help=True, rich_markup_mode=None
)

EXAMPLES = f"""
Examples:

  sre-agent lab up                          run the default scenario until Ctrl-C

  sre-agent lab up flash-sale --folder lab   with its kubeconfig in ./lab

  sre-agent lab list                        what can go wrong

  sre-agent lab show flash-sale --answer    its story, its cause, and what fixes it

{exits.meaning("stopped with Ctrl-C")}
"""


@app.command("list", epilog=exits.LISTED)
def list_(as_json: Json = False) -> None:
    """List the shipped scenarios."""
    from sre_lab import scenario  # noqa: PLC0415 - only this group needs the lab

    there = [scenario.load(name) for name in scenario.names()]
    if as_json:
        say_json([{"name": s.name, "title": s.title, "story": s.story} for s in there])
        return
    tables.show(console(), ("scenario", "symptom"), [(one.name, one.title) for one in there])


@app.command(epilog=exits.LISTED)
def show(
    name: Annotated[str, typer.Argument(help="scenario by name or file")],
    answer: Annotated[
        bool, typer.Option("--answer", help="also show the cause, what fixes it, and what does not")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show a scenario's symptom and alarm; with --answer also its story, its cause, and what fixes it."""
    one = load_scenario(name)
    fields: dict[str, Any] = {"name": one.name, "title": one.title, "alarm": one.trigger}
    if answer:
        fields["story"] = one.story
    if answer and one.expected is not None:
        fields |= {
            "causes": [f"{cause.failure_class} on {cause.subject}: {cause.says}" for cause in one.expected.causes],
            "fixes": [remedy.says for remedy in one.expected.accepted],
            "does not fix": [f"{remedy.says}: {remedy.why}" for remedy in one.expected.forbidden],
            "ends": f"{one.expected.end.outcome}/{one.expected.end.reason}",
        }
    if as_json:
        say_json(fields)
        return
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for what, value in fields.items():
        table.add_row(what, Text("\n".join(value) if isinstance(value, list) else str(value)))
    console().print(table)


@app.command(epilog=EXAMPLES)
def up(
    source: Annotated[
        str, typer.Argument(help="scenario by name or file, or a recorded world (.json)")
    ] = "payday-evening",
    folder: Annotated[Path | None, typer.Option(help="folder for the kubeconfig (default: a temporary folder)")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the endpoints as JSON and keep running")] = False,
) -> None:
    """Start a lab and keep it running until Ctrl-C."""
    from sre_lab.process import LabError, start_lab  # noqa: PLC0415

    require_lab()
    require_scenario(source)
    with ExitStack() as left:
        where = folder or Path(left.enter_context(TemporaryDirectory(prefix="sre-agent-lab-")))
        started = time.monotonic()
        try:
            lab = left.enter_context(start_lab(source, follow_wall=True, folder=where.resolve()))
        except LabError as problem:
            raise lab_error(f"The lab {source!r} did not start", problem) from problem
        if as_json:
            say_json(lab.endpoints.model_dump_json())
        else:
            say(f"The lab is up after {time.monotonic() - started:.1f} s: {lab.endpoints.scenario}. Ctrl-C stops it.\n")
            _how_to_use(lab.endpoints)
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            lab.process.wait()


UNSET = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")  # what would win over the variables of a lab


def environment(ends: LabEndpoints) -> dict[str, str]:
    """What kubectl, boto3 and both AWS CLIs have to be told, so that they ask the lab and nobody else."""
    return {
        "KUBECONFIG": str(ends.kubeconfig),
        "AWS_ENDPOINT_URL": ends.aws,
        "AWS_REGION": ends.region,  # newer SDKs
        "AWS_DEFAULT_REGION": ends.region,  # boto3 and the AWS CLI
        "AWS_ACCESS_KEY_ID": "lab",
        "AWS_SECRET_ACCESS_KEY": "lab",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",  # version 2 of the AWS CLI would wait for a key
    }


def _how_to_use(ends: LabEndpoints) -> None:
    for name, value in environment(ends).items():
        say(f"  export {name}={shlex.quote(value)}")
    say(f"  unset {' '.join(UNSET)}\n")
    say(f"  Prometheus  {ends.prometheus}")
    say(f"  control     {ends.control}/state")
    if ends.trigger:
        say(f"\n  sre-agent investigate {ends.trigger}")
