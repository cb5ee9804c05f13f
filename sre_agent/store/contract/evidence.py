"""The evidence ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sre_agent.domain.base import EvidenceId, IncidentId
from sre_agent.domain.finding import Evidence


@dataclass(frozen=True)
class StoredEvidence:
    """`body` is JSON as it was written, `digest` the SHA-256 of its canonical form."""

    id: EvidenceId
    digest: str
    body: str


@dataclass(frozen=True)
class LogQueries:
    """Queries of logs that are paid by the GB: the total, how many of them were reused, and GB read."""

    total: int
    reused: int
    gigabytes: float


class EvidenceStore(Protocol):
    async def keep_evidence(self, evidence: Evidence) -> str:
        """Write to the ledger; an id that is there already keeps its first entry, but for a transient failure: what
        was learned when it was asked again stands in its place. The digest of what is kept, for the record."""

    async def stored_evidence(self, incident: IncidentId) -> list[StoredEvidence]:
        """The ledger of an incident as it is kept."""

    async def evidence(self, evidence: EvidenceId) -> Evidence | None: ...

    async def ledger(self, incident: IncidentId) -> list[Evidence]:
        """All evidence of an incident in the order in which it was kept."""

    async def log_queries(self, *, incident: str | None = None, since: datetime | None = None) -> LogQueries:
        """Those that the evidence in the ledger took, chosen as `model_calls` are."""
