"""Checkpoints in one SQLite file. `synchronous=normal` makes a durable step cost about a millisecond."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, Self

import aiosqlite
from langgraph.checkpoint.base import CheckpointTuple
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from mcp_servers.contract import private_files
from sre_agent.checkpoint import ODD, ODD_FORM, UNTRUSTED
from sre_agent.checkpoint.serializer import ClosedSerializer
from sre_agent.errors import CheckpointError, LeaseLostError
from sre_agent.settings import StateSettings

MAPPINGS: Final = ("channel_values", "channel_versions", "versions_seen")


class FencedSaver(AsyncSqliteSaver):
    """Writes only for the incident's latest writer: a worker that slept through its lease must not rewind the run.

    `fence(incident, epoch)` says whether that epoch is the latest; the run's config carries it as `epoch`. Reading
    raises CheckpointError for a row that no run wrote.
    """

    fence: Callable[[str, int], Awaitable[bool]] | None = None

    def __init__(self, connection: aiosqlite.Connection) -> None:
        super().__init__(connection, serde=ClosedSerializer())

    def with_allowlist(self, extra_allowlist: Any) -> Self:
        """LangGraph would add the types of the state's schema; the list of types is closed."""
        return self

    async def aget_tuple(self, config: Any) -> CheckpointTuple | None:
        incident = config["configurable"]["thread_id"]
        try:
            checkpoint_tuple = await super().aget_tuple(config)
            if checkpoint_tuple is not None:
                _check_form(checkpoint_tuple)
        except CheckpointError as problem:
            raise CheckpointError(UNTRUSTED.format(incident=incident, why=problem)) from problem
        except ODD as problem:
            raise CheckpointError(UNTRUSTED.format(incident=incident, why=ODD_FORM)) from problem
        return checkpoint_tuple

    async def aput(self, config: Any, *rest: Any) -> Any:
        await self._check(config)
        return await super().aput(config, *rest)

    async def aput_writes(self, config: Any, *rest: Any) -> None:
        await self._check(config)
        await super().aput_writes(config, *rest)

    async def _check(self, config: Any) -> None:
        configurable = config["configurable"]
        if self.fence is None or "epoch" not in configurable:
            return
        if not await self.fence(configurable["thread_id"], configurable["epoch"]):
            raise LeaseLostError(
                f"Incident {configurable['thread_id']} was taken over by another worker; this step is lost."
            )


def _check_form(checkpoint_tuple: CheckpointTuple) -> None:
    """Raises TypeError: LangGraph takes it for granted that a row has the form in which it was written."""
    checkpoint: Any = checkpoint_tuple.checkpoint
    whole = isinstance(checkpoint, dict) and isinstance(checkpoint_tuple.metadata, dict)
    whole = whole and isinstance(checkpoint.get("v"), int) and isinstance(checkpoint.get("id"), str)
    whole = whole and all(isinstance(checkpoint.get(name), dict) for name in MAPPINGS)
    whole = whole and all(isinstance(versions, dict) for versions in checkpoint["versions_seen"].values())
    whole = whole and all(
        isinstance(part, str) for task, to, _ in checkpoint_tuple.pending_writes or () for part in (task, to)
    )
    if not whole:
        raise TypeError(type(checkpoint))


@asynccontextmanager
async def from_settings(settings: StateSettings) -> AsyncIterator[FencedSaver]:
    """Open for as long as the context is entered. The state folder is there: the store made it."""
    path = private_files.database(settings.state_dir / "checkpoints.sqlite")
    async with aiosqlite.connect(path) as connection:
        await connection.execute("PRAGMA journal_mode=WAL")
        await connection.execute("PRAGMA synchronous=NORMAL")
        saver = FencedSaver(connection)
        await saver.setup()
        yield saver
