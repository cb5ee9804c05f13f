"""The record: what happened in each incident, in order and chained. Who watches an incident reads it here too, in
whichever process the run is.

What comes in at once is chained in one transaction. The head is signed now and then, and what retention removes leaves
a signed checkpoint.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import structlog

from mcp_servers.contract import private_files
from sre_agent.database import Database, Tables, in_its_thread
from sre_agent.domain.record import BEGINNING, RecordEntry, RecordHead, RemovedEntries
from sre_agent.progress import Event
from sre_agent.store import StoredEvent
from sre_agent.store.contract.bodies import read
from sre_agent.store.contract.chaining import (
    SIGNED_EVERY,
    chained,
    first_break,
    merged_removals,
    removable,
    signed_head,
    signed_removal,
)
from sre_agent.store.contract.storage_errors import STORAGE_ERRORS

if TYPE_CHECKING:
    from sre_agent.signing import SigningKey

LOG = structlog.get_logger("sre_agent.record")
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS record (
  seq INTEGER PRIMARY KEY, incident TEXT NOT NULL, at TEXT NOT NULL,
  previous TEXT NOT NULL, digest TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS record_of_incident ON record (incident, seq);
CREATE INDEX IF NOT EXISTS record_at ON record (at);
CREATE TABLE IF NOT EXISTS record_head (seq INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS record_removed (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, body TEXT NOT NULL);
"""
COLUMNS: Final = "seq, previous, digest, incident, at, body"
HEAD_FILE: Final = "record.head"
KEY_FILE: Final = "record.key"


class RecordTables(Tables):
    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self._waiting: deque[Event] = deque()
        self._signed = int(db.one("SELECT COALESCE(MAX(seq), 0) FROM record_head")[0])  # as far as this process knows
        self._take_over_events()

    def record(self, event: Event) -> None:
        self._waiting.append(event)
        self.db.thread.submit(self._flush_quietly)

    @in_its_thread
    def recorded(self) -> None:
        self._flush()

    @in_its_thread
    def events(self, incident: str | None = None, *, after: int = 0, limit: int = 500) -> list[StoredEvent]:
        filter_ = "" if incident is None else "AND incident = :incident "
        rows = self.db.execute(
            f"SELECT seq, body FROM record WHERE seq > :after {filter_}ORDER BY seq LIMIT :limit",  # noqa: S608 - constants
            {"incident": incident, "after": after, "limit": limit},
        )
        return [StoredEvent(seq, read(Event, body)) for seq, body in rows]

    @in_its_thread
    def entries(self, incident: str | None = None, *, after: int = 0, limit: int = 500) -> list[RecordEntry]:
        if incident is None:
            return self._entries("seq > ? ORDER BY seq LIMIT ?", after, limit)
        return self._entries("seq > ? AND incident = ? ORDER BY seq LIMIT ?", after, incident, limit)

    @in_its_thread
    def last_event(self) -> int:
        return self._end()[0]

    @in_its_thread
    def record_heads(self) -> list[RecordHead]:
        return [read(RecordHead, row[0]) for row in self.db.execute("SELECT body FROM record_head ORDER BY seq")]

    @in_its_thread
    def removed_entries(self) -> list[RemovedEntries]:
        return self._removals()

    @in_its_thread
    def heads_apart(self) -> list[RecordHead]:
        head = last_head(self.db.folder)
        return [] if head is None else [head]

    @in_its_thread
    def record_keys(self) -> list[str]:
        return [self._key.public] if (self.db.folder / KEY_FILE).exists() else []

    @in_its_thread
    def record_signer(self) -> SigningKey:
        return self._key

    @in_its_thread
    def sign_head(self) -> RecordHead | None:
        self._flush()
        self._sign_head()
        row = self.db.one("SELECT body FROM record_head ORDER BY seq DESC LIMIT 1")
        return None if row is None else read(RecordHead, row[0])

    def remove_entries(self, seqs: Iterable[int]) -> None:
        """Within a transaction. What is not as it was written stays where it is, so that it can be found."""
        for run in list(removable(self._entries("seq = ?", seq)[0] for seq in sorted(set(seqs)))):
            self._remove(run)
        for one in merged_removals(self._removals(), self._key):
            self.db.execute("DELETE FROM record_removed WHERE first > ? AND last <= ?", (one.first, one.last))
            self._keep_removed(one)

    def _remove(self, run: Sequence[RecordEntry]) -> None:
        first, last = run[0], run[-1]
        for table in ("record", "record_head"):
            self.db.execute(f"DELETE FROM {table} WHERE seq BETWEEN ? AND ?", (first.seq, last.seq))  # noqa: S608 - a constant
        self._keep_removed(signed_removal(first.seq, last.seq, first.previous, last.digest, self._key))

    def _entries(self, condition: str, *values: Any) -> list[RecordEntry]:
        rows = self.db.execute(f"SELECT {COLUMNS} FROM record WHERE {condition}", values)  # noqa: S608 - constants
        return [RecordEntry.model_validate(dict(zip(COLUMNS.split(", "), row, strict=True))) for row in rows]

    def _flush_quietly(self) -> None:
        """What could not be kept waits for the next chance, in its order."""
        try:
            self._flush()
        except STORAGE_ERRORS as problem:
            LOG.warning("record", action="write", status="unavailable", error=str(problem), waiting=len(self._waiting))

    def _flush(self) -> None:
        events = list(self._waiting)
        if not events:
            return
        with self.db.transaction():
            self._append(events)
        for _ in events:
            self._waiting.popleft()
        if any(event.kind == "incident.ended" for event in events) or self._end()[0] - self._signed >= SIGNED_EVERY:
            self._sign_head()

    def _append(self, events: Iterable[Event]) -> None:
        """Within a transaction: another process may have written meanwhile."""
        rows = [
            (one.seq, one.previous, one.digest, one.incident, one.at, one.body) for one in chained(events, *self._end())
        ]
        self.db.execute_many(f"INSERT INTO record ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", rows)  # noqa: S608 - constants

    def _end(self) -> tuple[int, str]:
        """The newest entry's number and digest, also where it was removed."""
        row = self.db.one("SELECT seq, digest FROM record ORDER BY seq DESC LIMIT 1")
        last = self.db.one("SELECT body FROM record_removed ORDER BY last DESC LIMIT 1")
        heads = [(0, BEGINNING)] + ([(int(row[0]), str(row[1]))] if row else [])
        if last is not None:
            removed = read(RemovedEntries, last[0])
            heads.append((removed.last, removed.digest))
        return max(heads)

    @cached_property
    def _key(self) -> SigningKey:
        from sre_agent.signing import open_key  # noqa: PLC0415 - cryptography, for the first signature alone

        return open_key(self.db.folder / KEY_FILE)

    def _sign_head(self) -> None:
        """Beside the database too: whoever cuts off the end of the one has to change the other. Nothing is signed over
        what was changed since the last signature, so that it stays to be found."""
        seq, digest = self._end()
        if seq == 0 or not self._is_unbroken():
            return
        head = signed_head(seq, digest, self._key)
        body = head.model_dump_json()
        with self.db.durable():  # or a loss of power would leave a head of entries that are gone, as if cut off
            self.db.execute("INSERT OR REPLACE INTO record_head (seq, body) VALUES (?, ?)", (seq, body))
        private_files.write(self.db.folder / HEAD_FILE, body + "\n")
        LOG.info("record", action="sign", status="signed", seq=seq, digest=digest, signature=head.signature)
        self._signed = seq

    def _is_unbroken(self) -> bool:
        """Whether the record still goes on from the head that was signed last, entry by entry."""
        last = last_head(self.db.folder)
        after = last.seq if last is not None else 0
        end = next(iter(self._entries("seq = ?", after)), None)
        problem = first_break(last, end, self._entries("seq > ? ORDER BY seq", after), self._removals())
        if problem is not None:
            LOG.error("record", action="sign", status=problem[0], seq=problem[1])
        return problem is None

    def _removals(self) -> list[RemovedEntries]:
        return [
            read(RemovedEntries, row[0]) for row in self.db.execute("SELECT body FROM record_removed ORDER BY first")
        ]

    def _keep_removed(self, one: RemovedEntries) -> None:
        values = (one.first, one.last, one.model_dump_json())
        self.db.execute("INSERT OR REPLACE INTO record_removed (first, last, body) VALUES (?, ?, ?)", values)

    def _take_over_events(self) -> None:
        """The events of versions that kept them unchained, in their order, at the beginning of the record."""
        if self.db.one("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'event'") is None:
            return
        with self.db.transaction():
            rows = self.db.execute("SELECT body FROM event ORDER BY seq")
            self._append(read(Event, row[0]) for row in rows)
            self.db.execute("DROP TABLE event")


def last_head(folder: Path) -> RecordHead | None:
    """The newest signed head beside the database of this folder; None where none was signed yet."""
    path = folder / HEAD_FILE
    return read(RecordHead, path.read_text(encoding="utf-8")) if path.exists() else None
