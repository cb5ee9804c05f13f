"""`sre-agent memory`: what is remembered of incidents that have ended, and how to have it forgotten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from mcp_servers.contract.visible import one_line
from sre_agent.cli import exits, tables
from sre_agent.cli.connecting import Endpoint
from sre_agent.cli.consoles import console
from sre_agent.cli.help_text import examples
from sre_agent.cli.incident_places import with_records
from sre_agent.cli.options import Json, Profile, StateDir
from sre_agent.cli.printing import say, say_json
from sre_agent.connections import Connection
from sre_agent.domain.past_incident import PastIncident

app = typer.Typer(
    help="List, read, export and forget what is remembered of past incidents.",
    epilog=exits.LISTED,
    no_args_is_help=True,
    rich_markup_mode=None,
)
Which = Annotated[str, typer.Argument(help="the incident's id")]


@app.command("list", epilog=examples("memory list", "memory list --json"))
def list_(
    state_dir: StateDir = None, profile: Profile = "local", endpoint: Endpoint = None, as_json: Json = False
) -> None:
    """Every past incident that is remembered, newest first."""

    async def work(connection: Connection) -> int:
        past = await connection.past_incidents()
        if as_json:
            say_json([one.model_dump(mode="json") for one in past])
        elif not past:
            say("Nothing is remembered yet. An incident is remembered when it ends.")
        else:
            headers = ("incident", "ended", "namespace", "outcome", "cause", "what worked")
            tables.show(console(), headers, [_row(one) for one in past])
        return exits.OK

    with_records(state_dir, profile, endpoint, work)


@app.command(epilog=examples("memory show inc-1121-d69ce219", "memory show inc-1121-d69ce219 --json"))
def show(
    incident: Which,
    state_dir: StateDir = None,
    profile: Profile = "local",
    endpoint: Endpoint = None,
    as_json: Json = False,
) -> None:
    """What is remembered of one incident."""

    async def work(connection: Connection) -> int:
        past = await connection.past_incident(incident)
        if as_json:
            say_json(past.model_dump(mode="json"))
        else:
            say("\n".join(f"{label}: {text}" for label, text in _lines(past) if text))
        return exits.OK

    with_records(state_dir, profile, endpoint, work)


@app.command(epilog=examples("memory forget inc-1121-d69ce219"))
def forget(
    incident: Which,
    state_dir: StateDir = None,
    profile: Profile = "local",
    endpoint: Endpoint = None,
    as_json: Json = False,
) -> None:
    """Forget one incident. Its report and its grade stay; the record says who forgot it."""

    async def work(connection: Connection) -> int:
        past = await connection.forget(incident)
        if as_json:
            say_json(past.model_dump(mode="json"))
        else:
            say(f"{past.incident} is not recalled any more. Its report and its grade are still there.")
        return exits.OK

    with_records(state_dir, profile, endpoint, work)


@app.command(epilog=examples("memory export", "memory export --out memory.jsonl"))
def export(
    out: Annotated[Path | None, typer.Option(help="file for the lines; default: standard output")] = None,
    state_dir: StateDir = None,
    profile: Profile = "local",
    endpoint: Endpoint = None,
) -> None:
    """Every past incident as one line of JSON."""

    async def work(connection: Connection) -> int:
        lines = [json.dumps(one.model_dump(mode="json")) for one in await connection.past_incidents()]
        if out is None:
            say("\n".join(lines))
        else:
            out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return exits.OK

    with_records(state_dir, profile, endpoint, work)


def _row(past: PastIncident) -> tuple[str, ...]:
    day, outcome = f"{past.ended_at:%Y-%m-%d %H:%M}", f"{past.status}/{past.reason}".rstrip("/")
    return past.incident, day, past.namespace, outcome, _causes(past), one_line("; ".join(_helpful(past)))


def _lines(past: PastIncident) -> list[tuple[str, str]]:
    failed = [f"{one.purpose} ({one.why})" if one.why else one.purpose for one in past.remedies if not one.has_helped]
    rows = [
        ("incident", past.incident),
        ("alarm", past.title),
        ("cluster", past.cluster),
        ("account", past.account),
        ("namespace", past.namespace),
        ("ended", f"{past.ended_at:%Y-%m-%d %H:%M} UTC, {past.status}/{past.reason}".rstrip("/")),
        ("cause", _causes(past)),
        ("worked", "; ".join(_helpful(past))),
        ("failed", "; ".join(failed)),
        ("came back", "yes" if past.came_back else ""),
        ("also checked", "; ".join(f"{one.failure_class} on {one.subject}: {one.why}" for one in past.ruled_out)),
        ("signs", ", ".join(past.observations)),
        ("looked at first when it comes again", ", ".join(one.tool for one in past.deciding_calls)),
        ("calls", str(past.tool_calls)),
    ]
    return [(label, one_line(text)) for label, text in rows]


def _causes(past: PastIncident) -> str:
    return one_line(" and ".join(f"{cause.failure_class} on {cause.subject.short}" for cause in past.causes))


def _helpful(past: PastIncident) -> list[str]:
    return [one.purpose for one in past.remedies if one.has_helped]
