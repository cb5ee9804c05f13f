"""The evidence ledger: numbered in the partition of its incident, and found by its id through an item of its own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache, partial
from typing import Final

from sre_agent.domain.base import EvidenceId, IncidentId
from sre_agent.domain.finding import Evidence
from sre_agent.store.contract.bodies import body_digest, read, sortable
from sre_agent.store.contract.evidence import LogQueries, StoredEvidence
from sre_agent.store.dynamodb.items import Item, ItemWrite, first_of, pack, put, unpack, update
from sre_agent.store.dynamodb.parts import BODY, Part, in_a_thread, of_incident

LEDGER: Final = "evidence#"
LOG_QUERY: Final = "log_query"
CACHE_SIZE: Final = 512  # records whose text is not parsed anew; every step of an incident reads its whole ledger


_evidence = lru_cache(CACHE_SIZE)(partial(read, Evidence))


class EvidenceItems(Part):
    @in_a_thread
    def keep_evidence(self, evidence: Evidence) -> str:
        body = evidence.model_dump_json()
        digest = body_digest(body)

        def attempt() -> str:
            row = self._row(evidence.id)
            if row is None:
                return self._add(evidence, body, digest)
            if not _evidence(unpack(row[BODY])).is_transient:
                return str(row["digest"])
            change = "SET #body = :body, #digest = :digest"
            values: Item = {"body": pack(body), "digest": digest, "before": row["digest"]}
            replacement = update(str(row["pk"]), str(row["sk"]), change, "#digest = :before", values=values)
            self.items.write(replacement, *_log_query(evidence))
            return digest

        return self.items.again(attempt)

    @in_a_thread
    def stored_evidence(self, incident: IncidentId) -> list[StoredEvidence]:
        rows = ((str(row["id"]), unpack(row[BODY])) for row in self._ledger(incident))
        return [StoredEvidence(EvidenceId(id_), body_digest(body), body) for id_, body in rows]

    @in_a_thread
    def evidence(self, evidence: EvidenceId) -> Evidence | None:
        row = self._row(evidence)
        return None if row is None else _evidence(unpack(row[BODY]))

    @in_a_thread
    def ledger(self, incident: IncidentId) -> list[Evidence]:
        return [_evidence(unpack(row[BODY])) for row in self._ledger(incident)]

    @in_a_thread
    def log_queries(self, *, incident: str | None = None, since: datetime | None = None) -> LogQueries:
        first = "" if since is None else sortable(since)
        if incident is None:
            counts = list(self.items.in_list(LOG_QUERY, since=first))
        else:
            counts = [one for one in self._counts(incident) if str(one["place"]) >= first]
        queries, reused, gigabytes = (sum(one[name] for one in counts) for name in ("queries", "reused", "gigabytes"))  # type: ignore[misc]
        return LogQueries(int(queries), int(reused), float(gigabytes))

    def _counts(self, incident: str) -> Iterable[Item]:
        return self.items.partition(of_incident(incident), f"{LOG_QUERY}#")

    def _ledger(self, incident: str) -> Iterable[Item]:
        return self.items.partition(of_incident(incident), LEDGER)

    def _row(self, evidence: str) -> Item | None:
        at = self.items.get(LEDGER + evidence, BODY)
        return None if at is None else self.items.get(of_incident(str(at["incident"])), str(at["number"]))

    def _add(self, evidence: Evidence, body: str, digest: str) -> str:
        """Numbered first: a number that is not used after all leaves a gap and no harm."""
        own, lookup = of_incident(evidence.incident), LEDGER + evidence.id
        number = f"{LEDGER}{self.items.add(own, 'count', 'evidence', 1):08d}"
        row: Item = {
            "pk": own,
            "sk": number,
            "id": evidence.id,
            BODY: pack(body),
            "digest": digest,
            "elsewhere": lookup,
        }
        at: Item = {"pk": lookup, "sk": BODY, "incident": evidence.incident, "number": number, "digest": digest}
        before = first_of(self.items, at, put(row), *_log_query(evidence))
        return digest if before is None else str(before["digest"])


def _log_query(evidence: Evidence) -> list[ItemWrite]:
    """What it read of logs that are paid by the GB. What a server of others tells under these names is no number."""
    data = evidence.answer.data if evidence.answer is not None else {}
    queries = data.get("queries") if isinstance(data, dict) else None
    if not isinstance(queries, int) or isinstance(queries, bool):
        return []
    reused, gigabytes = (_number(data.get(name)) for name in ("queries_reused", "read_gb"))
    counts: Item = {"queries": queries, "reused": reused, "gigabytes": gigabytes}
    place = f"{sortable(evidence.asked_at)}#{evidence.id}"
    key: Item = {"pk": of_incident(evidence.incident), "sk": f"{LOG_QUERY}#{evidence.id}"}
    return [put({**key, **counts, "list": LOG_QUERY, "place": place})]


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
