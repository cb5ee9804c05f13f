"""How much of the running service works, as its own `/ready` says."""

from __future__ import annotations

from typing import Any, Final

import httpx

from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.installation import InstallationView
from sre_agent.settings import Settings

SECONDS: Final = 5.0
HERE: Final = "local"  # of the setting endpoint: this process does the work
ANYWHERE: Final = ("0.0.0.0", "::", "")  # noqa: S104 - where a service listens, asked for on loopback
LEVELS: Final[dict[str, OpsState]] = {  # without a model and without writes are as somebody set it up
    "intake_only": "problem",
    "no_small_model": "warning",
    "no_large_model": "warning",
}
AWAY: Final = ("failing", "left_alone")


async def look(installation: InstallationView) -> OpsFinding:
    address, is_named = address_of(installation.settings)
    if not address:
        return OpsFinding.not_set_up("No service has an address here.")
    body, why = await _ready(address)
    if body is None:
        text = f"{address} {why}."
        return (
            OpsFinding(state="problem", statement=text, remedy="Start it, or look at its log: sre-agent serve")
            if is_named
            else OpsFinding.not_set_up(f"{text} Nothing is served on this machine.", "Set `endpoint` where it is.")
        )
    level = str(body["level"])
    away = [one for one in body.get("dependencies", []) if one.get("state") in AWAY]
    faults: list[tuple[OpsState, str]] = [(LEVELS[level], f"The service works at the level {level}.")] * (
        level in LEVELS
    )
    faults += [("warning", f"{one.get('kind')} {one.get('name')} is {one.get('state')}.") for one in away]
    return OpsFinding.worst(
        faults,
        f"{address} works at the level {level}.",
        figures={"workers": float(body.get("workers", 0)), "busy": float(body.get("busy", 0)), "away": len(away)},
        remedy="/ready with a token says why; docs/service.md says what each level means.",
    )


def address_of(settings: Settings) -> tuple[str, bool]:
    """Where the service is asked for, and whether a setting names it; empty where its port is picked at the start."""
    endpoint, service = settings.connection.endpoint, settings.service
    if endpoint and endpoint != HERE:
        return endpoint.rstrip("/"), True
    host = "127.0.0.1" if service.listen_host in ANYWHERE else service.listen_host
    return (f"http://{host}:{service.listen_port}" if service.listen_port else ""), False


async def _ready(address: str) -> tuple[dict[str, Any] | None, str]:
    """What it answers; None, and why, where nobody or something else does."""
    try:
        async with httpx.AsyncClient(timeout=SECONDS) as client:
            body = (await client.get(f"{address}/ready")).json()
    except httpx.HTTPError as problem:
        return None, f"does not answer ({type(problem).__name__})"
    except ValueError:
        body = None
    if not isinstance(body, dict) or "level" not in body:
        return None, "answers, but is no service of sre-agent"
    return body, ""


CHECK: Final = OpsCheck("service", "daily", "/ready of the service", look)
