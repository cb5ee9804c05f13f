"""`sre-agent unpause`: the end of a pause."""

from __future__ import annotations

import asyncio

from sre_agent.cli import exits
from sre_agent.cli.options import Json, Profile, StateDir
from sre_agent.cli.printing import say, say_json
from sre_agent.settings import Settings, load

EXAMPLES = f"""
Examples:

  sre-agent unpause

  sre-agent unpause --state-dir /var/lib/sre-agent

{exits.meaning("writes are not paused")}
"""


def unpause(
    state_dir: StateDir = None,
    profile: Profile = "local",
    as_json: Json = False,
) -> None:
    """Let writes happen again. What ended while they were paused is not taken up again by itself."""
    from sre_agent.policy import pause as pausing  # noqa: PLC0415 - Cedar and cryptography

    settings = load(profile, state_dir=state_dir)
    was_paused = pausing.unpause(settings.state.state_dir)
    if not settings.state.is_on_this_machine:
        was_paused = asyncio.run(_everywhere(settings)) or was_paused
    if as_json:
        say_json({"was_paused": was_paused})
    else:
        say("Writes are no longer paused." if was_paused else "Writes were not paused.")


async def _everywhere(settings: Settings) -> bool:
    """For all who share the store; whether it was paused there."""
    from sre_agent.slots import open_store  # noqa: PLC0415 - `--help` needs no store

    store = open_store(settings.state_access)
    try:
        return await store.unpause_writes()
    finally:
        await store.close()
