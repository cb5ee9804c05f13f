"""`sre-agent ops`: checks of the responder itself, for the people who run it; by hand or from cron."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sre_agent.cli import exits
from sre_agent.cli.help_text import examples
from sre_agent.cli.options import Json, Profile, StateDir
from sre_agent.cli.printing import say, say_json
from sre_agent.settings import at_hand, load

if TYPE_CHECKING:
    from sre_agent.ops.check import Occasion

KEPT = exits.meaning("every promise is kept", "3 an error budget is used up", "5 nothing is known about an objective")
MEANING = exits.meaning("nothing is wrong", "3 something is wrong", "5 nothing wrong in what could be checked")
app = typer.Typer(
    help="Check the responder itself: daily to quarterly, its objectives, and an audit of its safety.",
    epilog=MEANING,
    no_args_is_help=True,
    rich_markup_mode=None,
)
Out = Annotated[Path | None, typer.Option(help="also write the report as Markdown to this file")]
Notify = Annotated[bool, typer.Option("--notify", help="tell the channels of `notify` where anything is not ok")]


@app.command(epilog=examples("ops daily", "ops daily --json", "ops daily --notify --out daily.md", meaning=MEANING))
def daily(
    out: Out = None, notify: Notify = False, state_dir: StateDir = None, profile: Profile = "local",
    as_json: Json = False,
) -> None:  # fmt: skip
    """Runs, errors, latency, approvals, queue, costs, delivery of alarms and notices, of the last day."""
    _run("daily", out, notify, state_dir, profile, as_json)


@app.command(epilog=examples("ops weekly", "ops weekly --profile aws --json", meaning=MEANING))
def weekly(
    out: Out = None, notify: Notify = False, state_dir: StateDir = None, profile: Profile = "local",
    as_json: Json = False,
) -> None:  # fmt: skip
    """Alarms, log groups, roles, image, certificates, parameters and secrets of the installation on AWS."""
    _run("weekly", out, notify, state_dir, profile, as_json)


@app.command(epilog=examples("ops monthly", "ops monthly --json", meaning=MEANING))
def monthly(
    out: Out = None, notify: Notify = False, state_dir: StateDir = None, profile: Profile = "local",
    as_json: Json = False,
) -> None:  # fmt: skip
    """Who has which role, calibration, versions behind the lock, unused permissions, of the last month."""
    _run("monthly", out, notify, state_dir, profile, as_json)


@app.command(epilog=examples("ops quarterly", "ops quarterly --out quarterly.md", meaning=MEANING))
def quarterly(
    out: Out = None, notify: Notify = False, state_dir: StateDir = None, profile: Profile = "local",
    as_json: Json = False,
) -> None:  # fmt: skip
    """A rehearsal of the restore, and how much capacity there will have to be."""
    _run("quarterly", out, notify, state_dir, profile, as_json)


@app.command(epilog=examples("ops audit", "ops audit --profile profile.toml --json", meaning=MEANING))
def audit(
    out: Out = None, notify: Notify = False, state_dir: StateDir = None, profile: Profile = "local",
    as_json: Json = False,
) -> None:  # fmt: skip
    """File permissions, secrets in plain sight, TLS, unattended writes, unused reach, open servers."""
    _run("audit", out, notify, state_dir, profile, as_json)


@app.command(epilog=examples("ops slo", "ops slo --json", meaning=KEPT))
def slo(state_dir: StateDir = None, profile: Profile = "local", as_json: Json = False) -> None:
    """Show the objectives for alarms, diagnoses and verdicts, and how much of each error budget is used."""
    from sre_agent.cli.ops_slo import report_objectives  # noqa: PLC0415

    raise exits.run(report_objectives(at_hand(state_dir, profile), as_json=as_json), ())


def _run(
    occasion: Occasion, out: Path | None, notify: bool, state_dir: Path | None, profile: str, as_json: bool
) -> None:
    from sre_agent.cli import ops_run  # noqa: PLC0415 - `--help` needs no store

    settings = load(profile, state_dir=state_dir) if occasion == "audit" else at_hand(state_dir, profile)
    report = asyncio.run(ops_run.report_of(settings, occasion))
    if as_json:
        say_json(report.model_dump_json(indent=2))
    else:
        ops_run.show(report)
    if out is not None:
        from sre_agent.ops.markdown import as_markdown  # noqa: PLC0415

        out.write_text(as_markdown(report), encoding="utf-8")
        say(f"Wrote {out}.", err=True)
    if notify and report.verdict != "well":
        for name, why in asyncio.run(ops_run.tell(report, settings)):
            say(f"{name}: {why or 'told'}", err=True)
    raise typer.Exit(ops_run.status(report))
