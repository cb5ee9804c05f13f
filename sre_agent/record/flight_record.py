"""One incident as one signed file: its entries of the record, every answer it rests on, its permits, writes and checks.

The file needs no state folder and no service to be read. `verified` says what holds of it; `looking_back` what was
known when, and what the engine makes of it again.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Final

from pydantic import ValidationError

from sre_agent.domain import record
from sre_agent.domain.base import EvidenceId
from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident
from sre_agent.domain.record import RecordEntry, RecordHead, content_digest
from sre_agent.domain.report import Report
from sre_agent.errors import BadInputError
from sre_agent.progress import Event
from sre_agent.record import envelope
from sre_agent.signing import SigningKey, is_signed
from sre_agent.store import Store

KIND: Final = "https://sre-agent.dev/flight-record/v1"
PAGE: Final = 1000


@dataclass(frozen=True)
class FlightRecord:
    """What a file holds. `evidence` in the order of the ledger, as JSON values and read."""

    incident: Incident
    entries: tuple[RecordEntry, ...]
    evidence: tuple[Evidence, ...]
    report: Report | None
    head: RecordHead | None
    key: str
    product: str
    digests: dict[str, str]

    @property
    def events(self) -> list[Event]:
        return [entry.event for entry in self.entries]

    def numbered(self) -> dict[str, EvidenceId]:
        """Evidence by the number that the report gives it (E1 …), or without a report by its place in the ledger."""
        if self.report is not None:
            return {line.number: line.id for line in self.report.evidence}
        return {f"E{place}": item.id for place, item in enumerate(self.evidence, 1)}


async def collect(store: Store, incident: Incident, key: SigningKey) -> bytes:
    """The file of an incident as it stands now, signed."""
    head = await store.sign_head()
    entries: list[RecordEntry] = []
    while page := await store.entries(incident.id, after=entries[-1].seq if entries else 0, limit=PAGE):
        entries += page
    records = await store.stored_evidence(incident.id)
    report = await store.report(incident.id)
    body = incident.model_dump(mode="json")
    subjects = [{"name": f"incident/{incident.id}", "digest": {"sha256": content_digest(body)}}]
    subjects += [{"name": f"evidence/{one.id}", "digest": {"sha256": one.digest}} for one in records]
    predicate = {
        "product": metadata.version("sre-agent"),
        "incident": body,
        "entries": [_line(entry) for entry in entries],
        "evidence": [json.loads(one.body) for one in records],
        "report": report.model_dump(mode="json") if report is not None else None,
        "head": head.model_dump(mode="json") if head is not None else None,
    }
    return envelope.seal(subjects, KIND, predicate, key)


def read(content: bytes, keys: Collection[str] = ()) -> FlightRecord:
    """What a file holds, when it is as it was signed, and by one of these public keys where some are given. Raises
    BadInputError."""
    statement, key = envelope.unseal(content, KIND)
    if keys and key not in keys:
        raise BadInputError(f"The file was signed with another key: {key}")
    try:
        flight = _read(statement, key)
    except (ValidationError, KeyError, TypeError, ValueError) as problem:
        raise BadInputError(f"The file cannot be read by this version of sre-agent: {problem!r:.300}") from problem
    if faults := list(_faults(flight, statement)):
        raise BadInputError(f"The file contradicts itself: {'; '.join(faults)}.")
    return flight


def _read(statement: dict[str, Any], key: str) -> FlightRecord:
    predicate = statement["predicate"]
    return FlightRecord(
        incident=Incident.model_validate(predicate["incident"]),
        entries=tuple(_entry(line) for line in predicate["entries"]),
        evidence=tuple(Evidence.model_validate(body) for body in predicate["evidence"]),
        report=Report.model_validate(predicate["report"]) if predicate["report"] else None,
        head=RecordHead.model_validate(predicate["head"]) if predicate["head"] else None,
        key=key,
        product=str(predicate["product"]),
        digests={one["name"]: one["digest"]["sha256"] for one in statement["subject"]},
    )


def _faults(flight: FlightRecord, statement: dict[str, Any]) -> list[str]:
    """Where the parts do not fit each other: who signed the file put something in that the record does not know."""
    predicate, faults = statement["predicate"], []
    bodies = {f"evidence/{body['id']}": body for body in predicate["evidence"]}
    bodies[f"incident/{flight.incident.id}"] = predicate["incident"]
    if {name: content_digest(body) for name, body in bodies.items()} != flight.digests:
        faults.append("a digest is not that of its content")
    for entry in flight.entries:
        if not entry.holds or entry.event.incident != flight.incident.id:
            faults.append(f"entry {entry.seq} was changed")
    digests = {
        e.data["evidence"]: e.data["digest"] for e in flight.events if e.kind == "call.ended" and e.data.get("digest")
    }
    for name, digest in digests.items():
        if flight.digests.get(f"evidence/{name}") != digest:
            faults.append(f"evidence {name} is not what the record says")
    head = flight.head
    if head is not None and not is_signed(record.HEAD, head.content, head.signature, flight.key):
        faults.append("the head of the record has no valid signature")
    return faults


def _line(entry: RecordEntry) -> dict[str, Any]:
    """As `audit export` has it."""
    return {"seq": entry.seq, "previous": entry.previous, "digest": entry.digest, "event": json.loads(entry.body)}


def _entry(line: dict[str, Any]) -> RecordEntry:
    event = line["event"]
    body = record.canonical_json(event).decode()
    fields = {name: line[name] for name in ("seq", "previous", "digest")}
    return RecordEntry(**fields, incident=event["incident"], at=event["at"], body=body)
