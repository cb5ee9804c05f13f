"""The `sre-agent` command: its verbs, and what becomes of an error in front of a user.

A verb is a module of this folder. It is loaded when somebody asks for it, so that no verb waits for the others.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module, metadata
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from sre_agent.cli import exits, printing
from sre_agent.cli.printing import say
from sre_agent.errors import SreAgentError

LAB = "sre_lab"
VERBS = (
    "demo",
    "investigate",
    "chat",
    "sweep",
    "replay",
    "verify",
    "remedies",
    "costs",
    "evaluate",
    "backtest",
    "doctor",
    "serve",
    "work",
    "pause",
    "unpause",
    "backup",
    "restore",
)  # each a function of its module
GROUPS = (
    "incidents",
    "memory",
    "sessions",
    "notify",
    "queue",
    "policy",
    "prompts",
    "audit",
    "keys",
    "ops",
    "aws",
    "deploy",
    "lab",
    "mcp",
)  # each an `app` with verbs of its own


class LazyVerbs(Mapping[str, Any]):
    """The verbs by name, in the order of the help; each is loaded when it is looked up."""

    def __iter__(self) -> Iterator[str]:
        return iter((*VERBS, *GROUPS))

    def __len__(self) -> int:
        return len(VERBS) + len(GROUPS)

    def __getitem__(self, name: str) -> Any:
        if name not in (*VERBS, *GROUPS):
            raise KeyError(name)
        module = import_module(f"sre_agent.cli.{name}")
        if name in VERBS:
            alone = typer.Typer(add_completion=False, rich_markup_mode=None)
            alone.command(name, epilog=module.EXAMPLES)(getattr(module, name))
            return typer.main.get_command(alone)
        group = typer.main.get_group(module.app)
        group.name = name
        return group


class VerbGroup(TyperGroup):
    """What typer asks for a verb by its name."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands: Any = LazyVerbs()

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands)


app = typer.Typer(
    name="sre-agent",
    cls=VerbGroup,
    help="An incident responder that decides by evidence, acts only through signed permits, and proves the recovery.",
    epilog=exits.ALL,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        say(f"sre-agent {metadata.version('sre-agent')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="show the version and exit")
    ] = False,
) -> None:
    """Before every verb."""
    from sre_agent.settings import misspelt  # noqa: PLC0415 - the help needs no settings

    for sentence in misspelt():
        say(f"sre-agent: {sentence}", err=True)


def run() -> None:
    """The console script: an error of ours becomes one clear message and an exit status, never a traceback."""
    printing.prepare()
    os.environ["LANGSMITH_TRACING"] = "false"  # nothing about an incident leaves by a library's own telemetry
    try:
        app()
    except SreAgentError as problem:
        say(f"sre-agent: {problem}", err=True)
        sys.exit(exits.status(problem))
    except ModuleNotFoundError as problem:
        if (problem.name or "").partition(".")[0] != LAB:  # a container has no lab, and no extra would bring it
            raise
        say("sre-agent: the embedded lab is not part of this installation. Run: pip install 'sre-agent[lab]'", err=True)
        sys.exit(exits.FAILED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads any more; say nothing at exit
        sys.exit(exits.FAILED)
    except (OSError, sqlite3.Error) as problem:
        say(f"sre-agent: the state folder or a file cannot be used: {problem}", err=True)
        sys.exit(exits.FAILED)
