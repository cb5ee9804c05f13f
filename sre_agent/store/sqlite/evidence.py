"""The evidence ledger, and the reports that rest on it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Final

from sre_agent.database import Database, Tables, in_its_thread
from sre_agent.domain.base import EvidenceId, IncidentId
from sre_agent.domain.finding import Evidence
from sre_agent.domain.report import Report
from sre_agent.errors import LeaseLostError
from sre_agent.store import LogQueries, StoredEvidence
from sre_agent.store.contract.bodies import body_digest, read

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS evidence (
  id TEXT PRIMARY KEY, incident TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS evidence_of_incident ON evidence (incident);
CREATE TABLE IF NOT EXISTS report (incident TEXT PRIMARY KEY, body TEXT NOT NULL);
"""
CACHE_SIZE: Final = 512  # records whose text is not parsed anew; every step of an incident reads its whole ledger


class EvidenceTables(Tables):
    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self._evidence = lru_cache(CACHE_SIZE)(partial(read, Evidence))

    @in_its_thread
    def keep_evidence(self, evidence: Evidence) -> str:
        with self.db.transaction():
            row = self.db.one("SELECT body FROM evidence WHERE id = ?", evidence.id)
            if row is not None and not self._evidence(row[0]).is_transient:
                return body_digest(row[0])
            body = evidence.model_dump_json()
            self.db.execute(
                "INSERT INTO evidence (id, incident, body) VALUES (?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                (evidence.id, evidence.incident, body),
            )
        return body_digest(body)

    @in_its_thread
    def stored_evidence(self, incident: IncidentId) -> list[StoredEvidence]:
        rows = self.db.execute("SELECT id, body FROM evidence WHERE incident = ? ORDER BY rowid", (incident,))
        return [StoredEvidence(EvidenceId(id_), body_digest(body), body) for id_, body in rows]

    @in_its_thread
    def evidence(self, evidence: EvidenceId) -> Evidence | None:
        row = self.db.one("SELECT body FROM evidence WHERE id = ?", evidence)
        return None if row is None else self._evidence(row[0])

    @in_its_thread
    def ledger(self, incident: IncidentId) -> list[Evidence]:
        rows = self.db.execute("SELECT body FROM evidence WHERE incident = ? ORDER BY rowid", (incident,))
        return [self._evidence(row[0]) for row in rows]

    @in_its_thread
    def log_queries(self, *, incident: str | None = None, since: datetime | None = None) -> LogQueries:
        """What a server of others tells under these names is no number of queries."""
        path = "json_extract(body, '$.answer.data.{}')"
        queries, reused, gigabytes = (
            f"COALESCE(SUM({path.format(name)}), 0)" for name in ("queries", "queries_reused", "read_gb")
        )
        row = self.db.one(
            f"SELECT {queries}, {reused}, {gigabytes} FROM evidence WHERE json_type(body, '$.answer.data.queries') ="  # noqa: S608 - constants
            " 'integer' AND (:incident IS NULL OR incident = :incident)"
            " AND (:since IS NULL OR json_extract(body, '$.asked_at') >= :since)",
            incident=incident,
            since=None if since is None else since.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        )
        return LogQueries(int(row[0]), int(row[1]), float(row[2]))

    @in_its_thread
    def keep_report(self, report: Report, epoch: int) -> None:
        with self.db.transaction():
            row = self.db.one("SELECT epoch FROM incident WHERE id = ?", report.incident)
            if row is not None and row[0] != epoch:
                raise LeaseLostError(
                    f"Incident {report.incident} has been taken over by another worker; this report is not saved."
                )
            self.db.execute(
                "INSERT OR REPLACE INTO report (incident, body) VALUES (?, ?)",
                (report.incident, report.model_dump_json()),
            )

    @in_its_thread
    def report(self, incident: IncidentId) -> Report | None:
        row = self.db.one("SELECT body FROM report WHERE incident = ?", incident)
        return None if row is None else read(Report, row[0])
