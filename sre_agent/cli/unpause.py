"""`sre-agent unpause`: the end of a pause."""

from __future__ import annotations

from sre_agent.cli import exits
from sre_agent.cli.options import Json, Profile, StateDir
from sre_agent.cli.printing import say, say_json
from sre_agent.settings import load

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

    was_paused = pausing.unpause(load(profile, state_dir=state_dir).state.state_dir)
    if as_json:
        say_json({"was_paused": was_paused})
    else:
        say("Writes are no longer paused." if was_paused else "Writes were not paused.")
