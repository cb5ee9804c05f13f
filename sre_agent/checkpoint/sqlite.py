"""Checkpoints in one SQLite file. `synchronous=normal` makes a durable step cost about a millisecond."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from sre_agent.errors import LeaseLostError
from sre_agent.settings import Settings


class FencedSaver(AsyncSqliteSaver):
    """Writes only for the incident's latest writer: a worker that slept through its lease must not rewind the run.

    `fence(incident, epoch)` says whether that epoch is the latest; the run's config carries it as `epoch`.
    """

    fence: Callable[[str, int], Awaitable[bool]] | None = None

    async def aput(self, config: Any, *rest: Any) -> Any:
        await self._check(config)
        return await super().aput(config, *rest)

    async def aput_writes(self, config: Any, *rest: Any) -> None:
        await self._check(config)
        await super().aput_writes(config, *rest)

    async def _check(self, config: Any) -> None:
        known = config["configurable"]
        if self.fence is None or "epoch" not in known:
            return
        if not await self.fence(known["thread_id"], known["epoch"]):
            raise LeaseLostError(f"Incident {known['thread_id']} has a later writer; this step is not kept.")


@asynccontextmanager
async def from_settings(settings: Settings) -> AsyncIterator[FencedSaver]:
    """Open for as long as the context is entered. The state folder is there: the store made it."""
    async with aiosqlite.connect(settings.state_dir / "checkpoints.sqlite") as connection:
        await connection.execute("PRAGMA journal_mode=WAL")
        await connection.execute("PRAGMA synchronous=NORMAL")
        saver = FencedSaver(connection)
        await saver.setup()
        yield saver
