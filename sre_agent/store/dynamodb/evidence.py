"""The evidence ledger: numbered in the partition of its incident, and found by its id through an item of its own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache, partial
from typing import Final

from sre_agent.domain.base import EvidenceId, IncidentId
from sre_agent.domain.finding import Evidence
from sre_agent.errors import SettingsError
from sre_agent.store.contract.bodies import body_digest, read, sortable
from sre_agent.store.contract.evidence import LogQueries, StoredEvidence
from sre_agent.store.dynamodb.attributes import Item, ItemWrite, pack, put, unpack
from sre_agent.store.dynamodb.items import first_of
from sre_agent.store.dynamodb.parts import BODY, Part, in_a_thread, of_incident

LEDGER: Final = "evidence#"
LOG_QUERY: Final = "log_query"
LARGE: Final = 100_000  # bytes of a compressed body from which it is an object of S3, where there is a bucket
CACHE_SIZE: Final = 512  # records whose text is not parsed anew; every step of an incident reads its whole ledger


_evidence = lru_cache(CACHE_SIZE)(partial(read, Evidence))


class EvidenceItems(Part):
    async def keep_evidence(self, evidence: Evidence) -> str:
        """An object that is stored and then not named, because another entry is there, goes with its incident."""
        body = evidence.model_dump_json()
        row: Item = {"id": evidence.id, "digest": body_digest(body), "transient": evidence.is_transient}
        content = pack(body)
        if isinstance(content, bytes) and len(content) > LARGE and self.items.blobs is not None:
            row["blob"] = await self.items.blobs.put(evidence.incident, content)
        else:
            row[BODY] = content
        return await self._keep(evidence, row)

    async def stored_evidence(self, incident: IncidentId) -> list[StoredEvidence]:
        rows = await self._ledger(incident)
        bodies = [(str(row["id"]), await self._body(row)) for row in rows]
        return [StoredEvidence(EvidenceId(id_), body_digest(body), body) for id_, body in bodies]

    async def evidence(self, evidence: EvidenceId) -> Evidence | None:
        row = await self._lookup(evidence)
        return None if row is None else _evidence(await self._body(row))

    async def ledger(self, incident: IncidentId) -> list[Evidence]:
        return [_evidence(await self._body(row)) for row in await self._ledger(incident)]

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

    @in_a_thread
    def _keep(self, evidence: Evidence, row: Item) -> str:
        def attempt() -> str:
            before = self._row(evidence.id)
            if before is None:
                return self._add(evidence, row)
            if not before["transient"]:
                return str(before["digest"])
            place: Item = {name: before[name] for name in ("pk", "sk", "elsewhere")}
            unless_changed = put({**place, **row}, "#digest = :before", values={"before": before["digest"]})
            self.items.write(unless_changed, *_log_query(evidence))
            return str(row["digest"])

        return self.items.again(attempt)

    async def _body(self, row: Item) -> str:
        if BODY in row:
            return unpack(row[BODY])
        if self.items.blobs is None:
            raise SettingsError(f"Evidence {row['id']!s} is in an S3 bucket: set state_bucket to its name.")
        return unpack(await self.items.blobs.get(str(row["pk"]).removeprefix(of_incident("")), str(row["blob"])))

    @in_a_thread
    def _ledger(self, incident: str) -> list[Item]:
        return list(self.items.partition(of_incident(incident), LEDGER))

    @in_a_thread
    def _lookup(self, evidence: str) -> Item | None:
        return self._row(evidence)

    def _row(self, evidence: str) -> Item | None:
        at = self.items.get(LEDGER + evidence, BODY)
        return None if at is None else self.items.get(of_incident(str(at["incident"])), str(at["number"]))

    def _add(self, evidence: Evidence, row: Item) -> str:
        """Numbered first: a number that is not used after all leaves a gap and no harm."""
        own, lookup = of_incident(evidence.incident), LEDGER + evidence.id
        number = f"{LEDGER}{self.items.add(own, 'count', 'evidence', 1):08d}"
        at: Item = {"pk": lookup, "sk": BODY, "incident": evidence.incident, "number": number, "digest": row["digest"]}
        whole: Item = {"pk": own, "sk": number, "elsewhere": lookup, **row}
        before = first_of(self.items, at, put(whole), *_log_query(evidence))
        return str((row if before is None else before)["digest"])


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
