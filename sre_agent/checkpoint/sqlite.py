"""Checkpoints in one SQLite file. `synchronous=normal` makes a durable step cost about a millisecond."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiosqlite
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from sre_agent.settings import Settings


@asynccontextmanager
async def from_settings(settings: Settings) -> AsyncIterator[AsyncSqliteSaver]:
    """Open for as long as the context is entered. The state folder is there: the store made it."""
    async with aiosqlite.connect(settings.state_dir / "checkpoints.sqlite") as connection:
        await connection.execute("PRAGMA journal_mode=WAL")
        await connection.execute("PRAGMA synchronous=NORMAL")
        saver = AsyncSqliteSaver(connection)
        await saver.setup()
        yield saver
