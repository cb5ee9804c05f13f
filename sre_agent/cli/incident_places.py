"""Where a verb finds incidents: in this process, with what it needs open, or with who does the work elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

from sre_agent.cli import exits
from sre_agent.cli.connecting import elsewhere, open_elsewhere
from sre_agent.cli.drive import here
from sre_agent.cli.loading import open_offline_runtime, open_runtime
from sre_agent.cli.readiness import ensure_ready
from sre_agent.connections import Connection
from sre_agent.preflight import VerbOptions
from sre_agent.settings import Settings, at_hand

Which = Annotated[str, typer.Argument(help="the incident's id, or the start of it")]
Work = Callable[[Connection], Awaitable[int]]


def with_records(state_dir: Path | None, profile: str, endpoint: str | None, work: Work) -> None:
    """For what needs neither cluster nor servers: those of the settings may be gone."""

    async def run() -> int:
        async with open_offline_runtime(settings) as records:
            return await work(here(records))

    settings = _at_hand(state_dir, profile, endpoint, work)
    raise exits.run(run())


def with_runtime_of(incident: str, state_dir: Path | None, profile: str, endpoint: str | None, work: Work) -> None:
    """With the settings that the incident was started with, whatever was started since."""

    async def run() -> int:
        async with open_offline_runtime(settings) as records:
            record = await records.responder.incident(incident)
            own = ensure_ready(await records.runtimes.settings(record.id), VerbOptions(fixed_by_incident=True))
        async with open_runtime(own) as runtime:
            return await work(here(runtime))

    settings = _at_hand(state_dir, profile, endpoint, work)
    raise exits.run(run())


def _at_hand(state_dir: Path | None, profile: str, endpoint: str | None, work: Work) -> Settings:
    """The settings that say where this process keeps things; where somebody else does the work, it is done there."""

    async def run(settings: Settings) -> int:
        async with open_elsewhere(settings) as connection:
            return await work(connection)

    away = elsewhere(profile, endpoint, state_dir=state_dir)
    if away is not None:
        raise exits.run(run(away))
    return at_hand(state_dir, profile)
