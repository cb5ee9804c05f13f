"""`sre-agent keys`: the keys that permits are signed with. They rotate without a gap, and a leaked one is revoked."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sre_agent.cli import exits, tables
from sre_agent.cli.consoles import console
from sre_agent.cli.help_text import examples
from sre_agent.cli.options import Json, Profile, StateDir
from sre_agent.cli.printing import say, say_json
from sre_agent.clock import SystemClock
from sre_agent.settings import load

if TYPE_CHECKING:
    from pathlib import Path

    from mcp_servers.contract.permit_keys import PermitKey, PermitKeySet
    from sre_agent.permits.key_ring import KeyRing

DONE = exits.meaning("done")
app = typer.Typer(
    help="List, rotate and revoke the keys that permits are signed with.",
    epilog=DONE,
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list", epilog=examples("keys list", "keys list --json", meaning=DONE))
def list_(state_dir: StateDir = None, profile: Profile = "local", as_json: Json = False) -> None:
    """List the keys: which one signs, until when earlier ones are accepted, which are revoked."""
    ring, now = _ring(state_dir, profile), SystemClock().now()
    key_set, active = ring.keys(now)
    if as_json:
        say_json([_json(key, key_set, active, now) for key in key_set.keys])
        return
    rows = [(key.id, _state(key, key_set, active, now), _time(key.made_at), key.public) for key in key_set.keys]
    tables.show(console(), ("key", "state", "made", "public key"), rows)


@app.command(epilog=examples("keys rotate", meaning=DONE))
def rotate(state_dir: StateDir = None, profile: Profile = "local") -> None:
    """Sign with a new key from now on. The one before is accepted until its last permit has expired."""
    ring, now = _ring(state_dir, profile), SystemClock().now()
    added = ring.rotate(now)
    key_set, active = ring.keys(now)
    say(f"Permits are signed with key {added.id} from now on.")
    before = [key for key in key_set.keys if key.accepted_until and not key_set.is_retired(key, now)]
    for key in before:
        say(f"Key {key.id} is {_state(key, key_set, active, now)}.")
    say(f"Servers that were started with --permit-keys {ring.address} know it already.")


@app.command(epilog=examples("keys revoke 4f1c09aa6c2b8d17", meaning=DONE))
def revoke(
    key: Annotated[str, typer.Argument(help="the key, as `keys list` names it, or the start of it")],
    state_dir: StateDir = None,
    profile: Profile = "local",
) -> None:
    """Stop accepting permits that were signed with this key or an earlier one. If it is the one that signs, a new
    one takes over."""
    ring, now = _ring(state_dir, profile), SystemClock().now()
    revoked_keys = ring.revoke(key, now)
    _, active = ring.keys(now)
    say(f"Revoked: {', '.join(one.id for one in revoked_keys)}. Permits are signed with key {active}.")
    say("Servers started with --permit-key instead of --permit-keys have to be restarted without it.")


def _state(key: PermitKey, key_set: PermitKeySet, active: str, now: datetime) -> str:
    if key_set.is_revoked(key):
        return "revoked"
    if key.id == active:
        return "signs"
    return "retired" if key_set.is_retired(key, now) else f"accepted until {_time(key.accepted_until)}"


def _json(key: PermitKey, key_set: PermitKeySet, active: str, now: datetime) -> dict[str, Any]:
    return {"key": key.id, "state": _state(key, key_set, active, now), **key.model_dump(mode="json")}


def _time(when: datetime | None) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S}" if when else ""


def _ring(state_dir: Path | None, profile: str) -> KeyRing:
    from sre_agent.compose import open_key_ring  # noqa: PLC0415

    return open_key_ring(load(profile, state_dir=state_dir))
