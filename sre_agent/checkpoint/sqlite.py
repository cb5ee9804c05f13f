"""Checkpoints in one SQLite file. `synchronous=normal` makes a durable step cost about a millisecond."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiosqlite
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from mcp_servers.contract import private_files
from sre_agent.checkpoint.fence import FencedSaver
from sre_agent.checkpoint.serializer import ClosedSerializer
from sre_agent.settings import StateSettings


class SqliteSaver(FencedSaver, AsyncSqliteSaver):
    def __init__(self, connection: aiosqlite.Connection) -> None:
        AsyncSqliteSaver.__init__(self, connection, serde=ClosedSerializer())


@asynccontextmanager
async def from_settings(settings: StateSettings) -> AsyncIterator[SqliteSaver]:
    """Open for as long as the context is entered. The state folder is there: the store made it."""
    path = private_files.database(settings.state_dir / "checkpoints.sqlite")
    async with aiosqlite.connect(path) as connection:
        await connection.execute("PRAGMA journal_mode=WAL")
        await connection.execute("PRAGMA synchronous=NORMAL")
        saver = SqliteSaver(connection)
        await saver.setup()
        yield saver
