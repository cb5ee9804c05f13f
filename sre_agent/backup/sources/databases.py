"""The SQLite databases of the state folder, all as they were at one moment, while their service goes on writing.

For a few milliseconds every database is locked for writers, and in that time a read transaction is begun on each: what
is copied afterwards is what those see, however long it takes.
"""

from __future__ import annotations

import gzip
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from typing import Final

from mcp_servers.contract import private_files
from sre_agent.backup.manifest import BackupPart, PartKind
from sre_agent.backup.sources import PartFile
from sre_agent.clock import Clock
from sre_agent.database import BUSY_SECONDS
from sre_agent.errors import PermanentError

PATTERN: Final = "*.sqlite"
COMPRESSION: Final = ".gz"
LEVEL: Final = 1  # of gzip: a backup has to be quick before it is small
COPIED_PAGES: Final = 4096  # in one step; in between, other threads run
RECORD: Final = "record"  # the table whose highest number says how far the record goes
STORE: Final = "incidents.sqlite"


class DatabaseSource:
    """`sre_agent.backup.sources.BackupSource`. After `write`, `as_of` is the moment, and `record` the record's last
    entry by then."""

    kind: PartKind = "databases"

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder, self._clock = folder, clock
        self.as_of: datetime | None = None
        self.record = 0

    def takes(self, part: BackupPart) -> bool:
        return True

    def write(self, scratch: Path) -> Iterator[PartFile]:
        with ExitStack() as stack:
            for path, reader in self._readers(stack).items():
                copy = scratch / path.name
                counts = self._copy(reader, copy)
                archive = scratch / f"{path.name}{COMPRESSION}"
                with copy.open("rb") as plain, gzip.open(archive, "wb", compresslevel=LEVEL) as file:
                    shutil.copyfileobj(plain, file)
                copy.unlink()
                yield PartFile(archive, counts)

    def obstacles(self) -> list[str]:
        return [f"the database {path}" for path in sorted(self._folder.glob(PATTERN))]

    def restore(self, part: BackupPart, file: Path) -> None:
        path = self._folder / part.name.removesuffix(COMPRESSION)
        beside = path.with_name(f".{path.name}.restoring")
        beside.unlink(missing_ok=True)
        with gzip.open(file) as archive, private_files.database(beside).open("wb") as plain:
            shutil.copyfileobj(archive, plain)
        beside.replace(path)

    def _readers(self, stack: ExitStack) -> dict[Path, sqlite3.Connection]:
        paths = sorted(self._folder.glob(PATTERN))
        readers = {path: stack.enter_context(closing(_connection(path))) for path in paths}
        with ExitStack() as locks:
            for path in paths:
                lock = locks.enter_context(closing(_connection(path)))
                lock.execute("BEGIN IMMEDIATE")
            for reader in readers.values():
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM sqlite_master").fetchone()  # a read transaction begins with a read
            self.as_of = self._clock.now()
        return readers

    def _copy(self, reader: sqlite3.Connection, path: Path) -> dict[str, int]:
        """Raises PermanentError for a database that is damaged: a copy of it would be no way back."""
        with closing(sqlite3.connect(private_files.database(path), isolation_level=None)) as copy:
            reader.backup(copy, pages=COPIED_PAGES)
            copy.execute("PRAGMA journal_mode=DELETE")
            fault = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
            if fault != "ok":
                raise PermanentError(f"The database {self._folder / path.name} is damaged: {fault}.")
            names = [row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            if path.name == STORE and RECORD in names:
                self.record = copy.execute(f"SELECT coalesce(max(seq), 0) FROM {RECORD}").fetchone()[0]  # noqa: S608 - a constant
            return {name: copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608 - of the schema


def _connection(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
