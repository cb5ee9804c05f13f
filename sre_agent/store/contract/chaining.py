"""How the record is chained and signed, the same in every technology: what an entry holds, what a head says, and
whether the entries since the last signed head still follow each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from mcp_servers.redaction import redacted_value
from sre_agent.domain import record
from sre_agent.domain.record import BEGINNING, RecordEntry, RecordHead, RemovedEntries, canonical_json, entry_digest
from sre_agent.progress import Event
from sre_agent.store.contract.bodies import sortable

if TYPE_CHECKING:
    from sre_agent.signing import SigningKey

SIGNED_EVERY: Final = 256  # entries at the most between two signed heads; each end of an incident has one too
AUDITED: Final = frozenset({"by", "allowed_by"})  # who decided: an audit needs the name, an address included


def chained(events: Iterable[Event], seq: int, previous: str) -> Iterator[RecordEntry]:
    """The entries of these events, after the entry of this number and digest; without secrets."""
    for event in events:
        seq, body = seq + 1, _body(event)
        digest = entry_digest(seq, previous, body)
        fields = {"incident": event.incident, "at": sortable(event.at), "body": body}
        yield RecordEntry(seq=seq, previous=previous, digest=digest, **fields)
        previous = digest


def signed_head(seq: int, digest: str, key: SigningKey) -> RecordHead:
    fields = {"seq": seq, "digest": digest, "at": datetime.now(UTC), "key": key.public, "signature": ""}
    draft = RecordHead.model_validate(fields)
    return draft.model_copy(update={"signature": key.sign_typed(record.HEAD, draft.content)})


def signed_removal(first: int, last: int, previous: str, digest: str, key: SigningKey) -> RemovedEntries:
    fields = {"first": first, "last": last, "previous": previous, "digest": digest, "at": datetime.now(UTC)}
    draft = RemovedEntries.model_validate({**fields, "key": key.public, "signature": ""})
    return draft.model_copy(update={"signature": key.sign_typed(record.REMOVED, draft.content)})


def merged_removals(removals: Iterable[RemovedEntries], key: SigningKey) -> Iterator[RemovedEntries]:
    """Checkpoints of this key that follow each other, as one: there are as many as there are gaps."""
    genuine = [one for one in removals if key.has_signed(record.REMOVED, one.content, one.signature)]
    for first, last in record.merged(genuine):
        if first is not last:
            yield signed_removal(first.first, last.last, first.previous, last.digest, key)


def removable(entries: Iterable[RecordEntry]) -> Iterator[Sequence[RecordEntry]]:
    """Runs of entries that follow each other, in order. One that is not as it was written is in none of them: it stays
    where it is, so that it can be found."""
    run: list[RecordEntry] = []
    for entry in entries:
        if run and (run[-1].seq + 1 != entry.seq or run[-1].digest != entry.previous or not entry.holds):
            yield run
            run = []
        run += [entry] if entry.holds else []
    if run:
        yield run


def first_break(
    last: RecordHead | None, end: RecordEntry | None, later: Iterable[RecordEntry], gaps: Sequence[RemovedEntries]
) -> tuple[str, int] | None:
    """What keeps the record from going on from the head that was signed last, and at which entry: it was `cut_off` or
    `changed`. `end` is the entry that the head is about, `later` are those after it."""
    previous = last.digest if last is not None else BEGINNING
    is_removed = last is not None and any(one.first <= last.seq <= one.last for one in gaps)
    if last is not None and not is_removed and (end is None or end.digest != last.digest):
        return "cut_off", last.seq
    ends = {one.last for one in gaps}
    for entry in later:
        if not entry.holds or (entry.previous != previous and entry.seq - 1 not in ends):
            return "changed", entry.seq
        previous = entry.digest
    return None


def _body(event: Event) -> str:
    """The event as canonical JSON, without secrets."""
    plain = event.model_dump(mode="json")
    audit_fields = {name: plain["data"][name] for name in AUDITED & plain["data"].keys()}
    clean = {**plain, "name": redacted_value(event.name), "data": {**redacted_value(plain["data"]), **audit_fields}}
    return canonical_json(clean).decode()
