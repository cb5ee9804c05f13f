"""The `sre-agent` command: its verbs, and what becomes of an error in front of a user."""

from __future__ import annotations

import os
import sqlite3
import sys
from importlib import metadata
from typing import Annotated

import typer

from sre_agent.cli import chat, costs, demo, doctor, exits, incidents, investigate, lab, replay, sweep
from sre_agent.errors import SreAgentError

app = typer.Typer(
    name="sre-agent",
    help="An incident responder that decides by evidence, acts only through signed permits, and proves the healing.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        print(f"sre-agent {metadata.version('sre-agent')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version and end")
    ] = False,
) -> None:
    """Before every verb."""


app.command("demo", epilog=demo.EXAMPLES)(demo.demo)
app.command("investigate", epilog=investigate.EXAMPLES)(investigate.investigate)
app.command("chat", epilog=chat.EXAMPLES)(chat.chat)
app.command("sweep", epilog=sweep.EXAMPLES)(sweep.sweep)
app.command("replay", epilog=replay.EXAMPLES)(replay.replay)
app.command("costs", epilog=costs.EXAMPLES)(costs.costs)
app.command("doctor", epilog=doctor.EXAMPLES)(doctor.doctor)
app.add_typer(incidents.app, name="incidents")
app.add_typer(lab.app, name="lab")


def run() -> None:
    """The console script: an error of ours becomes one clear message and an exit status, never a traceback."""
    os.environ["LANGSMITH_TRACING"] = "false"  # nothing about an incident leaves by a library's own telemetry
    try:
        app()
    except SreAgentError as problem:
        print(f"sre-agent: {problem}", file=sys.stderr)
        sys.exit(exits.FAILED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads any more; say nothing at exit
        sys.exit(exits.FAILED)
    except (OSError, sqlite3.Error) as problem:
        print(f"sre-agent: the state folder or a file cannot be used: {problem}", file=sys.stderr)
        sys.exit(exits.FAILED)
