"""`sre-agent sessions`: conversations of `chat` that are kept, here or by a service: to list, read and forget them."""

from __future__ import annotations

import json
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
from sre_agent.domain.chat_session import ChatSession, ChatTurn, new_session_id
from sre_agent.errors import AbsentError

app = typer.Typer(
    help="List, read and forget conversations of `sre-agent chat`; `chat --resume` goes on with one.",
    epilog=exits.LISTED,
    no_args_is_help=True,
    rich_markup_mode=None,
)
LAST = "last"
Which = Annotated[str, typer.Argument(help="the conversation's id, the start of it, or last")]


@app.command("list", epilog=examples("sessions list", "sessions list --json", "chat --resume last"))
def list_(
    state_dir: StateDir = None, profile: Profile = "local", endpoint: Endpoint = None, as_json: Json = False
) -> None:
    """The conversations, the most recently used first."""

    async def work(connection: Connection) -> int:
        sessions = await connection.chat_sessions()
        if as_json:
            say_json([one.model_dump(mode="json") for one in sessions])
        elif not sessions:
            say("There are no conversations yet. Start one: sre-agent chat")
        else:
            rows = [(one.id, f"{one.last_at:%Y-%m-%d %H:%M}", one.opened_by, str(one.turns)) for one in sessions]
            tables.show(console(), ("session", "last used", "opened by", "questions"), rows)
        return exits.OK

    with_records(state_dir, profile, endpoint, work)


@app.command(epilog=examples("sessions show last", "sessions show chat-1123-4f1c --json"))
def show(
    session: Which,
    state_dir: StateDir = None,
    profile: Profile = "local",
    endpoint: Endpoint = None,
    as_json: Json = False,
) -> None:
    """The questions of a conversation with their answers, oldest first."""

    async def work(connection: Connection) -> int:
        turns = await connection.chat_turns((await _session_named(connection, session)).id)
        if as_json:
            say_json([one.model_dump(mode="json", exclude={"memory"}) for one in turns])
        else:
            say("\n\n".join(_turn(one) for one in turns) or "Nothing was answered in it.")
        return exits.OK

    with_records(state_dir, profile, endpoint, work)


@app.command(epilog=examples("sessions forget chat-1123-4f1c2b90d7aa"))
def forget(
    session: Which,
    state_dir: StateDir = None,
    profile: Profile = "local",
    endpoint: Endpoint = None,
    as_json: Json = False,
) -> None:
    """Delete a conversation with its questions and answers. Incidents that it opened stay."""

    async def work(connection: Connection) -> int:
        chat_session = await _session_named(connection, session)
        await connection.forget_chat_session(chat_session.id)
        if as_json:
            say_json(chat_session.model_dump(mode="json"))
        else:
            say(f"{chat_session.id} is deleted, with its {chat_session.turns} questions.")
        return exits.OK

    with_records(state_dir, profile, endpoint, work)


async def session_of(connection: Connection, resume: str) -> str:
    """The id of the conversation that goes on, or of a new one where none is named. Raises AbsentError."""
    return (await _session_named(connection, resume)).id if resume else new_session_id(connection.now())


async def _session_named(connection: Connection, name: str) -> ChatSession:
    """By id, by a beginning of it that only one has, or the one that was used last. Raises AbsentError."""
    sessions = await connection.chat_sessions()
    matches = sessions[:1] if name == LAST else [one for one in sessions if one.id.startswith(name)]
    exact = [one for one in matches if one.id == name]
    if len(exact or matches) == 1:
        return (exact or matches)[0]
    wrong = f"{len(matches)} conversations begin with {name!r}" if matches else f"There is no conversation {name!r}"
    raise AbsentError(f"{wrong}. `sre-agent sessions list` shows them.")


def _turn(turn: ChatTurn) -> str:
    reply = json.loads(turn.reply)
    return f"{turn.at:%Y-%m-%d %H:%M} {one_line(turn.by)}\n› {one_line(turn.question)}\n{reply['text']}"
