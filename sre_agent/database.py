"""One SQLite file and the one thread that speaks with it: no event loop waits for a disk, or for another process.

WAL with `synchronous=normal` survives a killed process; a machine that loses power may lose the last moment.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial, wraps
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from mcp_servers.contract import private_files

P = ParamSpec("P")
R = TypeVar("R")
BUSY_SECONDS: Final = 10.0  # for another process to end its transaction


class Database:
    """Everything but the opening happens in its thread, in the order in which it was asked for."""

    def __init__(self, path: Path, schema: str) -> None:
        self.folder = path.parent
        self.thread = ThreadPoolExecutor(1, thread_name_prefix=path.stem)
        self._connection = sqlite3.connect(
            private_files.database(path), timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(schema)

    def add_column(self, table: str, column: str, declaration: str) -> None:
        """To a table that an older version made without it."""
        if column not in {row[1] for row in self._connection.execute(f"PRAGMA table_info({table})")}:
            self._connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} {declaration}")

    def execute(self, sql: str, values: Any = ()) -> sqlite3.Cursor:
        return self._connection.execute(sql, values)

    def execute_many(self, sql: str, rows: Any) -> None:
        self._connection.executemany(sql, rows)

    def one(self, sql: str, *values: Any, **parameters: Any) -> Any:
        """The first row, or None."""
        return self._connection.execute(sql, parameters or values).fetchone()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:  # the transaction must not stay open, whatever ends it
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextmanager
    def durable(self) -> Iterator[None]:
        """What is written here, and all before it, outlives a loss of power as well."""
        self._connection.execute("PRAGMA synchronous=FULL")
        try:
            yield
        finally:
            self._connection.execute("PRAGMA synchronous=NORMAL")

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self.thread, self._connection.close)
        self.thread.shutdown(wait=False)


class Tables:
    """Tables of one database; methods under `in_its_thread` are awaited by callers."""

    def __init__(self, db: Database) -> None:
        self.db = db

    async def close(self) -> None:
        await self.db.close()


Some = TypeVar("Some", bound=Tables)


def in_its_thread(method: Callable[Concatenate[Some, P], R]) -> Callable[Concatenate[Some, P], Coroutine[Any, Any, R]]:
    """The method runs in the thread of its database. What it began is finished, even if the caller is cancelled."""

    @wraps(method)
    async def call(self: Some, /, *values: P.args, **kwargs: P.kwargs) -> R:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.db.thread, partial(method, self, *values, **kwargs))

    return call


def sortable(when: datetime) -> str:
    """In UTC and always of the same length, so that texts compare as times do."""
    return when.astimezone(UTC).isoformat(timespec="microseconds")
