"""`sre-agent notify`: whether the channels that are set work, before an incident needs them."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from sre_agent.cli import exits, tables
from sre_agent.cli.consoles import console
from sre_agent.cli.options import Json, Profile
from sre_agent.cli.printing import say, say_json
from sre_agent.domain.base import IncidentId
from sre_agent.domain.notice import IncidentNotice
from sre_agent.errors import SreAgentError
from sre_agent.notify import channels
from sre_agent.notify.escalation import load_escalation
from sre_agent.settings import Settings, load

app = typer.Typer(
    help="Send a test to the channels that are set, or list who is notified of what.",
    epilog=exits.meaning("done"),
    no_args_is_help=True,
    rich_markup_mode=None,
)
MEANING = exits.meaning("every channel accepted it", failed="a channel did not accept it, or could not run")
TEST = IncidentNotice(
    incident=IncidentId("inc-test"),
    title="sre-agent can reach this channel",
    severity="SEV4",
    state="test",
    statement="Nothing is wrong, and nothing has to be done.",
)


@app.command(epilog=MEANING)
def test(
    channel: Annotated[list[str] | None, typer.Argument(help="as slack:#sre; without any: all that are set")] = None,
    profile: Profile = "local",
    as_json: Json = False,
) -> None:
    """Send one message to each channel."""
    settings = load(profile)
    rows = asyncio.run(send_to_each(channel or channels(settings.notifications), settings, TEST))
    if as_json:
        say_json([{"channel": name, "error": why} for name, why in rows])
    else:
        for name, why in rows:
            say(f"{name}: {why or 'told'}")
    raise typer.Exit(exits.FAILED if any(why for _, why in rows) else exits.OK)


@app.command(epilog=exits.LISTED)
def levels(profile: Profile = "local", as_json: Json = False) -> None:
    """Show who is notified of a question that nobody answers, after how long, and where."""
    settings = load(profile)
    policy = load_escalation(settings.notifications.escalation)
    usual = settings.notifications.notify
    rows = [
        (severity, level, policy.role(level), f"{seconds / 60:g} min", ", ".join(policy.channels(level, usual)))
        for severity in policy.unanswered
        for level, seconds in policy.waits(severity)
    ]
    if as_json:
        names = ("severity", "level", "role", "after", "channels")
        say_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        table_rows = [tuple(map(str, row)) for row in rows]
        tables.show(console(), ("severity", "level", "role", "after", "channels"), table_rows)


async def send_to_each(names: list[str], settings: Settings, notice: IncidentNotice) -> list[tuple[str, str]]:
    """Each channel, and why it was not told; empty where it was."""
    from sre_agent.aws_services.secrets import SecretReader  # noqa: PLC0415 - `--help` needs neither
    from sre_agent.notify.rotation import open_by_reference  # noqa: PLC0415

    results, reader = [], SecretReader(settings.state_access)
    for name in names:
        try:
            channel = open_by_reference(name, settings.notifications, settings.aws, reader)
            await channel.tell(notice, "")
            results.append((name, ""))
        except SreAgentError as problem:
            results.append((name, str(problem)))
    return results
