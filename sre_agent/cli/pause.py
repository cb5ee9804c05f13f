"""`sre-agent pause`: no process that works on the state folder writes anything from now on."""

from __future__ import annotations

from typing import Annotated

import typer

from sre_agent.cli import exits
from sre_agent.cli.options import Json, Profile, StateDir
from sre_agent.cli.printing import say, say_json
from sre_agent.cli.view import operator
from sre_agent.clock import SystemClock
from sre_agent.settings import load

EXAMPLES = f"""
Examples:

  sre-agent pause --reason "database migration until 15:00"

  sre-agent unpause

  touch .sre-agent/paused                               does the same, where nothing else works

{exits.meaning("writes are paused, also where they were before")}
"""


def pause(
    reason: Annotated[str, typer.Option(help="why; reports and questions show it")] = "",
    state_dir: StateDir = None,
    profile: Profile = "local",
    as_json: Json = False,
) -> None:
    """Stop the next write of every process on this state folder, undo included. Investigations go on."""
    from sre_agent.policy import pause as pausing  # noqa: PLC0415 - Cedar and cryptography

    settings = load(profile, state_dir=state_dir)
    folder = settings.state.state_dir
    write_pause = pausing.pause(folder, operator(settings.approvals.operator), SystemClock().now(), reason[:300])
    if as_json:
        say_json(write_pause.model_dump(mode="json"))
    else:
        say(f"{write_pause.sentence[:1].upper()}{write_pause.sentence[1:]}, in {folder}. Go on with: sre-agent unpause")
