"""`sre-agent queue`: what waits to be worked on, and dead letters, which can be delivered again or dropped."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcp_servers.contract.visible import one_line
from sre_agent.cli import exits, tables
from sre_agent.cli.consoles import console
from sre_agent.cli.help_text import examples
from sre_agent.cli.loading import open_offline_runtime
from sre_agent.cli.options import Json, Profile, StateDir
from sre_agent.cli.printing import say, say_json
from sre_agent.errors import AbsentError
from sre_agent.settings import Settings, at_hand

if TYPE_CHECKING:
    from sre_agent.compose import OfflineRuntime
    from sre_agent.store.contract.messages import QueuedMessage

app = typer.Typer(
    help="List messages and dead letters, redrive or drop them.",
    epilog=exits.LISTED,
    no_args_is_help=True,
    rich_markup_mode=None,
)
Which = Annotated[str, typer.Argument(help="the message, as `queue list` names it")]


@app.command("list", epilog=examples("queue list", "queue list --dead", "queue list --json"))
def list_(
    dead: Annotated[bool, typer.Option("--dead", help="only dead letters")] = False,
    state_dir: StateDir = None,
    profile: Profile = "local",
    as_json: Json = False,
) -> None:
    """List what is on the queue, in the order in which it is due."""

    async def work(records: OfflineRuntime) -> int:
        messages = await records.store.messages("dead" if dead else None)
        if as_json:
            say_json([_json(one) for one in messages])
        elif not messages:
            say("No dead letters." if dead else "The queue is empty.")
        else:
            tables.show(
                console(), ("message", "incident", "state", "due", "tries", "why"), [_row(one) for one in messages]
            )
        return exits.OK

    _with_records(at_hand(state_dir, profile), work)


@app.command(epilog=examples("queue show signal:inc-1121-d69ce219:4f1c"))
def show(message: Which, state_dir: StateDir = None, profile: Profile = "local", as_json: Json = False) -> None:
    """Show one message; for a dead letter, why it died."""

    async def work(records: OfflineRuntime) -> int:
        one = await records.store.message(message)
        if one is None:
            raise _absent(message)
        if as_json:
            say_json(_json(one))
        else:
            say("\n".join(f"{key}: {value}" for key, value in _json(one).items()))
        return exits.OK

    _with_records(at_hand(state_dir, profile), work)


@app.command(epilog=examples("queue redrive signal:inc-1121-d69ce219:4f1c"))
def redrive(message: Which, state_dir: StateDir = None, profile: Profile = "local") -> None:
    """Deliver a dead letter again. If its incident has ended, its signals open a new one."""

    async def work(records: OfflineRuntime) -> int:
        if not await records.responder.redrive(message):
            raise _absent(message)
        say(f"{message} is on the queue again. `sre-agent work` or `sre-agent serve` picks it up.")
        return exits.OK

    _with_records(at_hand(state_dir, profile), work)


@app.command(epilog=examples("queue drop signal:inc-1121-d69ce219:4f1c"))
def drop(message: Which, state_dir: StateDir = None, profile: Profile = "local") -> None:
    """Remove a waiting message or a dead letter for good."""

    async def work(records: OfflineRuntime) -> int:
        if not await records.store.drop_message(message):
            raise _absent(message)
        say(f"{message} was dropped.")
        return exits.OK

    _with_records(at_hand(state_dir, profile), work)


def _absent(message: str) -> AbsentError:
    return AbsentError(f"No such message: {message!r}. List messages with: sre-agent queue list")


def _json(one: QueuedMessage) -> dict[str, Any]:
    message = one.message
    return {
        "message": message.dedup,
        "kind": message.kind,
        "incident": message.incident,
        "state": one.state,
        "due": one.due.isoformat(),
        "deliveries": one.times,
        "why": one.why,
    }


def _row(one: QueuedMessage) -> tuple[str, ...]:
    due = f"{one.due:%Y-%m-%d %H:%M:%S}"
    return one.message.dedup, one.message.incident, one.state, due, str(one.times), one_line(one.why)


def _with_records(settings: Settings, work: Callable[[OfflineRuntime], Awaitable[int]]) -> None:
    async def run() -> int:
        async with open_offline_runtime(settings) as records:
            return await work(records)

    raise exits.run(run())
