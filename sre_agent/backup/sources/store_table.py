"""The table of the store, whose items are written while it is read. The record is the witness: it says which incidents
something happened to meanwhile, and of these every partition is read again, after everything else.

The record itself is read last and in its order, so that the copy has all entries up to one, and none after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.table_copies import WireItem, from_line, partition, scan, to_line
from sre_agent.backup.manifest import ChangedMeanwhile
from sre_agent.backup.sources import PartFile
from sre_agent.backup.sources.tables import TableSource
from sre_agent.domain.incident import Incident
from sre_agent.settings import StateAccess
from sre_agent.store.contract.bodies import read
from sre_agent.store.dynamodb.attributes import decode, unpack
from sre_agent.store.dynamodb.parts import BODY, of_incident
from sre_agent.store.dynamodb.past_incidents import of_past_incident
from sre_agent.store.dynamodb.record import IN_A_PARTITION, NEWEST, RECORD, SIGNED

NAMED: Final = 100  # incidents that a manifest names
POINTER: Final = "elsewhere"  # the attribute of an incident's item that names another partition of its own
CLAIM: Final = "claim#"


class StoreTableSource(TableSource):
    """`sre_agent.backup.sources.BackupSource`. After `write`, `record` is the number of the last entry that is in the
    copy, and `changed` says what went on meanwhile."""

    def __init__(self, access: StateAccess, services: AwsServices) -> None:
        super().__init__("store", access.store_table, services)
        self.record, self.changed = 0, ChangedMeanwhile()

    def write(self, scratch: Path) -> Iterator[PartFile]:
        before = self._last_entry()
        pages = scratch / f".{self.part}"
        with pages.open("w", encoding="utf-8") as file:
            for item in scan(self._services, self._table):
                file.write(f"{to_line(item)}\n")
        self.record = self._last_entry()
        incidents = self._incidents_of(before, self.record)
        self.changed = ChangedMeanwhile(entries=self.record - before, incidents=tuple(sorted(incidents)[:NAMED]))
        yield self._part_of(scratch, self._together(pages, incidents))
        pages.unlink()

    def _together(self, pages: Path, incidents: Iterable[str]) -> Iterator[WireItem]:
        """What the pages have of partitions that are not read again; then those as they are now, then the record."""
        again = self._partitions_of(incidents)
        with pages.open(encoding="utf-8") as lines:
            for item in map(from_line, lines):
                pk = item["pk"]["S"]
                if pk not in again and not _is_record(pk):
                    yield item
        for pk in sorted(again):
            yield from partition(self._services, self._table, "pk", pk)
        yield from self._record_items()

    def _partitions_of(self, incidents: Iterable[str]) -> set[str]:
        partitions: set[str] = set()
        for incident in incidents:
            own = of_incident(incident)
            partitions |= {own, of_past_incident(incident)}
            for item in map(decode, partition(self._services, self._table, "pk", own)):
                sk = str(item["sk"])
                partitions |= {str(item[POINTER])} if POINTER in item else set()
                partitions |= {sk} if sk.startswith(CLAIM) else set()
                if sk == BODY:
                    body = read(Incident, unpack(item[BODY]))
                    partitions.add(f"fingerprint#{body.fingerprint}")
                    partitions |= {of_past_incident(body.reopens)} if body.reopens else set()
        return partitions

    def _record_items(self) -> Iterator[WireItem]:
        """Up to the entry `record`, with its number as the newest."""
        last: WireItem | None = None
        for number in range(self.record // IN_A_PARTITION + 1):
            for item in partition(self._services, self._table, "pk", f"{RECORD}#{number}"):
                if int(item["seq"]["N"]) <= self.record:
                    last = item
                    yield item
        for item in partition(self._services, self._table, "pk", RECORD):
            sk = item["sk"]["S"]
            if sk == NEWEST:
                yield item if last is None else {**item, "seq": last["seq"], "digest": last["digest"]}
            elif not sk.startswith(SIGNED) or int(sk.removeprefix(SIGNED)) <= self.record:
                yield item

    def _incidents_of(self, after: int, until: int) -> set[str]:
        incidents: set[str] = set()
        for number in range((after + 1) // IN_A_PARTITION, until // IN_A_PARTITION + 1):
            for item in partition(self._services, self._table, "pk", f"{RECORD}#{number}"):
                if after < int(item["seq"]["N"]) <= until and item["incident"]["S"]:
                    incidents.add(item["incident"]["S"])
        return incidents

    def _last_entry(self) -> int:
        key = {"pk": {"S": RECORD}, "sk": {"S": NEWEST}}
        answer = self._services.ask("dynamodb", "get_item", TableName=self._table, Key=key, ConsistentRead=True)
        return int(answer["Item"]["seq"]["N"]) if "Item" in answer else 0


def _is_record(pk: str) -> bool:
    return pk == RECORD or pk.startswith(f"{RECORD}#")
