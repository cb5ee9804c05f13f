"""The store in one SQLite file: for one machine, with several processes on it.

Calls take well under a millisecond, so they run where they are called. WAL with `synchronous=normal` survives a killed
process; a machine that loses power may lose the last moment.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from mcp_servers.contract import private_files
from sre_agent.domain.action import ApprovalDecision
from sre_agent.domain.base import EvidenceId, IncidentId
from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident
from sre_agent.domain.model_call import ModelCall
from sre_agent.domain.report import Report
from sre_agent.domain.signal import Signal
from sre_agent.errors import LeaseLostError, PermanentError
from sre_agent.settings import StateSettings

SCHEMA = """
CREATE TABLE IF NOT EXISTS incident (
  id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, open INTEGER NOT NULL, opened_at TEXT NOT NULL, body TEXT NOT NULL,
  holder TEXT NOT NULL DEFAULT '', epoch INTEGER NOT NULL DEFAULT 0, leased_until TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX IF NOT EXISTS one_open_incident ON incident (fingerprint) WHERE open = 1;
CREATE TABLE IF NOT EXISTS evidence (
  id TEXT PRIMARY KEY, incident TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS evidence_of_incident ON evidence (incident);
CREATE TABLE IF NOT EXISTS settings (incident TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS decision (question TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS report (incident TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS model_call (
  id TEXT PRIMARY KEY, incident TEXT NOT NULL, at TEXT NOT NULL, dollars REAL NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS model_call_of_incident ON model_call (incident);
CREATE INDEX IF NOT EXISTS model_call_at ON model_call (at);
CREATE TABLE IF NOT EXISTS held_call (
  id TEXT PRIMARY KEY, incident TEXT NOT NULL, at TEXT NOT NULL, dollars REAL NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS held_call_of_incident ON held_call (incident);
CREATE INDEX IF NOT EXISTS held_call_at ON held_call (at);
"""
Table = Literal["model_call", "held_call"]
Kept = TypeVar("Kept", bound=BaseModel)
FOREIGN: Final = (
    "The state folder holds what this version of sre-agent cannot read ({what}: {why}). Read it with the version that"
    " wrote it, or start over with another --state-dir."
)


class SqliteStore:
    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(private_files.database(path), timeout=10, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)

    async def attach_or_create(self, signal: Signal, new: Incident, settings: str = "") -> tuple[Incident, bool]:
        with self._transaction():
            row = self._one("SELECT body FROM incident WHERE fingerprint = ? AND open = 1", new.fingerprint)
            if row is None:
                self._db.execute(
                    "INSERT INTO incident (id, fingerprint, open, opened_at, body) VALUES (?, ?, 1, ?, ?)",
                    (new.id, new.fingerprint, new.opened_at.isoformat(), new.model_dump_json()),
                )
                if settings:
                    self._db.execute("INSERT INTO settings (incident, body) VALUES (?, ?)", (new.id, settings))
                return new, True
            incident = _read(Incident, row[0])
            if all(known.id != signal.id for known in incident.signals):
                incident = incident.model_copy(update={"signals": [*incident.signals, signal]})
                self._save(incident)
            return incident, False

    async def incident(self, incident: IncidentId) -> Incident | None:
        return self._load(incident)

    async def settings(self, incident: IncidentId) -> str | None:
        row = self._one("SELECT body FROM settings WHERE incident = ?", incident)
        return None if row is None else str(row[0])

    async def incidents(self, *, only_open: bool = False, limit: int = 50) -> list[Incident]:
        where = "WHERE open = 1" if only_open else ""
        rows = self._db.execute(
            f"SELECT body FROM incident {where} ORDER BY opened_at DESC LIMIT ?",  # noqa: S608 - a constant
            (limit,),
        )
        return [_read(Incident, row[0]) for row in rows]

    async def update(self, incident: IncidentId, epoch: int, **fields: Any) -> Incident:
        with self._transaction():
            row = self._one("SELECT epoch FROM incident WHERE id = ?", incident)
            current = self._load(incident)
            if row is None or current is None:
                raise PermanentError(f"There is no incident {incident}.")
            if row[0] != epoch:
                raise LeaseLostError(f"Incident {incident} has a later writer (epoch {row[0]}, this one: {epoch}).")
            changed = Incident.model_validate({**current.model_dump(), **fields, "epoch": epoch})
            self._save(changed)
            return changed

    async def lease(self, incident: IncidentId, holder: str, now: datetime, seconds: float) -> int | None:
        with self._transaction():
            row = self._one("SELECT holder, epoch, leased_until FROM incident WHERE id = ?", incident)
            if row is None:
                raise PermanentError(f"There is no incident {incident}.")
            held_by, epoch, until = row
            if held_by and held_by != holder and until > now.isoformat() and not _is_dead(held_by):
                return None
            self._db.execute(
                "UPDATE incident SET holder = ?, epoch = ?, leased_until = ? WHERE id = ?",
                (holder, epoch + 1, (now + timedelta(seconds=seconds)).isoformat(), incident),
            )
            return int(epoch) + 1

    async def renew(self, incident: IncidentId, epoch: int, now: datetime, seconds: float) -> bool:
        done = self._db.execute(
            "UPDATE incident SET leased_until = ? WHERE id = ? AND epoch = ? AND holder != ''",
            ((now + timedelta(seconds=seconds)).isoformat(), incident, epoch),
        )
        return done.rowcount == 1

    async def writes(self, incident: IncidentId, epoch: int) -> bool:
        row = self._one("SELECT epoch FROM incident WHERE id = ?", incident)
        return row is not None and row[0] == epoch

    async def release(self, incident: IncidentId, epoch: int) -> None:
        self._db.execute(
            "UPDATE incident SET holder = '', leased_until = '' WHERE id = ? AND epoch = ?", (incident, epoch)
        )

    async def decide(self, decision: ApprovalDecision) -> bool:
        done = self._db.execute(
            "INSERT OR IGNORE INTO decision (question, body) VALUES (?, ?)",
            (decision.question, decision.model_dump_json()),
        )
        return done.rowcount == 1

    async def decision(self, question: str) -> ApprovalDecision | None:
        row = self._one("SELECT body FROM decision WHERE question = ?", question)
        return None if row is None else _read(ApprovalDecision, row[0])

    async def keep_evidence(self, evidence: Evidence) -> None:
        with self._transaction():
            row = self._one("SELECT body FROM evidence WHERE id = ?", evidence.id)
            if row is None or _read(Evidence, row[0]).is_transient:
                self._db.execute(
                    "INSERT INTO evidence (id, incident, body) VALUES (?, ?, ?)"
                    " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                    (evidence.id, evidence.incident, evidence.model_dump_json()),
                )

    async def evidence(self, evidence: EvidenceId) -> Evidence | None:
        row = self._one("SELECT body FROM evidence WHERE id = ?", evidence)
        return None if row is None else _read(Evidence, row[0])

    async def ledger(self, incident: IncidentId) -> list[Evidence]:
        rows = self._db.execute("SELECT body FROM evidence WHERE incident = ? ORDER BY rowid", (incident,))
        return [_read(Evidence, row[0]) for row in rows]

    async def keep_report(self, report: Report, epoch: int) -> None:
        with self._transaction():
            row = self._one("SELECT epoch FROM incident WHERE id = ?", report.incident)
            if row is not None and row[0] != epoch:
                raise LeaseLostError(
                    f"Incident {report.incident} has been taken over by another worker; this report is not saved."
                )
            self._db.execute(
                "INSERT OR REPLACE INTO report (incident, body) VALUES (?, ?)",
                (report.incident, report.model_dump_json()),
            )

    async def report(self, incident: IncidentId) -> Report | None:
        row = self._one("SELECT body FROM report WHERE incident = ?", incident)
        return None if row is None else _read(Report, row[0])

    async def keep_model_call(self, call: ModelCall) -> None:
        self._add("model_call", [call])

    async def model_calls(self, *, incident: str | None = None, since: datetime | None = None) -> list[ModelCall]:
        return self._calls("model_call", incident, since)

    async def hold_model_calls(self, calls: Sequence[ModelCall]) -> None:
        with self._transaction():
            self._add("held_call", calls)
            self._db.execute("DELETE FROM held_call WHERE id IN (SELECT id FROM model_call)")

    async def settle_model_calls(self, held: Collection[str], calls: Sequence[ModelCall]) -> None:
        with self._transaction():
            self._db.executemany("DELETE FROM held_call WHERE id = ?", [(id_,) for id_ in held])
            self._add("model_call", calls)

    async def held_model_calls(self, *, incident: str | None = None, since: datetime | None = None) -> list[ModelCall]:
        return self._calls("held_call", incident, since)

    async def held_model_dollars(self, *, incident: str | None = None, since: datetime | None = None) -> float:
        return float(self._one(f"SELECT {_sum('held_call', incident, since)}", **_values(incident, since))[0])

    async def model_dollars(self, *, incident: str | None = None, since: datetime | None = None) -> float:
        """In one statement: what is settled meanwhile would count twice or not at all."""
        made, held = (_sum(table, incident, since) for table in ("model_call", "held_call"))
        return float(self._one(f"SELECT {made} + {held}", **_values(incident, since))[0])

    async def close(self) -> None:
        self._db.close()

    def _add(self, table: Table, calls: Sequence[ModelCall]) -> None:
        self._db.executemany(
            f"INSERT OR IGNORE INTO {table} (id, incident, at, dollars, body) VALUES (?, ?, ?, ?, ?)",  # noqa: S608 - a constant
            [(call.id, call.incident, _sortable(call.at), call.dollars, call.model_dump_json()) for call in calls],
        )

    def _calls(self, table: Table, incident: str | None, since: datetime | None) -> list[ModelCall]:
        sql = f"SELECT body FROM {table} {_where(incident, since)} ORDER BY at, rowid"  # noqa: S608 - constants
        return [_read(ModelCall, row[0]) for row in self._db.execute(sql, _values(incident, since))]

    def _load(self, incident: str) -> Incident | None:
        row = self._one("SELECT body FROM incident WHERE id = ?", incident)
        return None if row is None else _read(Incident, row[0])

    def _save(self, incident: Incident) -> None:
        self._db.execute(
            "UPDATE incident SET body = ?, open = ? WHERE id = ?",
            (incident.model_dump_json(), int(incident.open), incident.id),
        )

    def _one(self, sql: str, *values: Any, **named: Any) -> Any:
        return self._db.execute(sql, named or values).fetchone()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:  # also where the task is cancelled: the transaction must not stay open
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def from_settings(settings: StateSettings) -> SqliteStore:
    return SqliteStore(settings.state_dir / "incidents.sqlite")


def _sortable(when: datetime) -> str:
    """In UTC and always of the same length, so that texts compare as times do."""
    return when.astimezone(UTC).isoformat(timespec="microseconds")


def _sum(table: str, incident: str | None, since: datetime | None) -> str:
    return f"(SELECT COALESCE(SUM(dollars), 0) FROM {table} {_where(incident, since)})"  # noqa: S608 - constants


def _read(kind: type[Kept], body: str) -> Kept:
    """Raises PermanentError: a stored form may be another version's."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        why = f"{where}: {first['msg']}" if where else first["msg"]
        raise PermanentError(FOREIGN.format(what=kind.__name__.lower(), why=why)) from None


def _where(incident: str | None, since: datetime | None) -> str:
    """Only what is asked for: an index is of no use for a condition that may be none."""
    asked = [("incident = :incident", incident is not None), ("at >= :since", since is not None)]
    chosen = [condition for condition, wanted in asked if wanted]
    return f"WHERE {' AND '.join(chosen)}" if chosen else ""


def _values(incident: str | None, since: datetime | None) -> dict[str, str | None]:
    return {"incident": incident, "since": None if since is None else _sortable(since)}


def _is_dead(holder: str) -> bool:
    """Whether a holder `pid:number@host` of this host no longer lives; a lease of another host only runs out."""
    process, _, host = holder.partition("@")
    if host != os.uname().nodename or not process.startswith("pid:"):
        return False
    try:
        os.kill(int(process.removeprefix("pid:").partition(":")[0]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
