"""`sre-agent pause`: no process that works on these incidents writes anything from now on, on whichever machine."""

from __future__ import annotations

import asyncio
import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from sre_agent.cli import exits
from sre_agent.cli.options import Json, Profile, StateDir
from sre_agent.cli.printing import say, say_json
from sre_agent.cli.view import operator
from sre_agent.clock import SystemClock
from sre_agent.errors import SettingsError, SreAgentError
from sre_agent.settings import Settings, load

if TYPE_CHECKING:
    from sre_agent.domain.write_pause import WritePause

EXAMPLES = f"""
Examples:

  sre-agent pause --reason "database migration until 15:00"

  sre-agent unpause

  sre-agent pause --profile aws                         on every machine that shares the table

  touch .sre-agent/paused                               does the same on one machine, where nothing else works

{exits.meaning("writes are paused, or already were")}
"""


def pause(
    reason: Annotated[str, typer.Option(help="why; reports and questions show it")] = "",
    state_dir: StateDir = None,
    profile: Profile = "local",
    as_json: Json = False,
) -> None:
    """Stop the next write of every process on this state folder, undo included; with a profile whose incidents are in
    AWS, of every process on every machine. Investigations go on."""
    from sre_agent.policy import pause as pausing  # noqa: PLC0415 - Cedar and cryptography

    settings = load(profile, state_dir=state_dir)
    write_pause = pausing.pause(
        settings.state.state_dir, operator(settings.approvals.operator), SystemClock().now(), reason[:300]
    )
    if not settings.state.is_on_this_machine:
        write_pause = asyncio.run(_everywhere(settings, write_pause))
    place = ["--state-dir", str(state_dir)] if state_dir is not None else []
    place += ["--profile", profile] if profile != "local" else []
    again = shlex.join(["sre-agent", "unpause", *place])
    if as_json:
        say_json(write_pause.model_dump(mode="json"))
    else:
        sentence = f"{write_pause.sentence[:1].upper()}{write_pause.sentence[1:]}"
        say(f"{sentence}, in {settings.state_access.place}. Go on with: {again}")


async def _everywhere(settings: Settings, write_pause: WritePause) -> WritePause:
    """For all who share the store. Where it does not answer, this machine is paused, and the error says so."""
    from sre_agent.slots import open_store  # noqa: PLC0415 - `--help` needs no store

    try:
        store = open_store(settings.state_access)
        try:
            return await store.pause_writes(write_pause)
        finally:
            await store.close()
    except SreAgentError as problem:
        place = settings.state_access.place
        raise SettingsError(
            f"Writes are paused on this machine, but other machines still write: {place} could not be told."
            f" {problem} Run this again, or take away the rights of the writing role."
        ) from problem
