"""Whether the record is as it was written: no entry changed, missing, moved or put in, and its end not cut off.

What a store says of itself is not believed: every digest is worked out anew, checkpoints and heads count only with the
signature of a key that is trusted.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pydantic import ValidationError

from sre_agent.domain import record
from sre_agent.domain.base import IncidentId
from sre_agent.domain.record import BEGINNING, RecordEntry, RecordHead, RemovedEntries
from sre_agent.signing import is_signed
from sre_agent.store import Store

PAGE: Final = 1000
FAULTS: Final = 50  # that are told; more say no more


@dataclass
class RecordCheck:
    """`faults` are sentences. `entries` were checked, `removed` stand behind signed checkpoints, `heads` and `evidence`
    were compared with them; `until` is the time of the newest signed head."""

    entries: int = 0
    removed: int = 0
    heads: int = 0
    evidence: int = 0
    until: datetime | None = None
    faults: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.faults


async def check(store: Store, keys: Collection[str], anchors: Sequence[RecordHead] = ()) -> RecordCheck:
    """`keys` are the public keys that are trusted; `anchors` heads from beside the store, which it has to reach."""
    outcome = RecordCheck()
    faults = outcome.faults
    gaps = await store.removed_entries()
    faults += [
        f"the checkpoint over entries {one.first} to {one.last} has no valid signature"
        for one in gaps
        if not _is_genuine(record.REMOVED, one, keys)
    ]
    outcome.removed = sum(one.last - one.first + 1 for one in gaps)
    chain = _Chain(gaps, faults)
    digests: dict[str, dict[str, str]] = {}
    heads = [*await store.record_heads(), *anchors]
    seqs = {one.seq for one in heads}
    at_head: dict[int, str] = {}
    after, has_ended = 0, False
    while entries := await store.entries(after=after, limit=PAGE):
        for entry in entries:
            chain.take(entry)
            if entry.seq in seqs:
                at_head[entry.seq] = entry.digest
            has_ended = has_ended or '"kind":"incident.ended"' in entry.body
            _note_evidence(entry, digests)
        after = entries[-1].seq
        outcome.entries += len(entries)
    chain.end()
    for head in heads:
        _compare(head, at_head, gaps, chain.last, keys, faults)
    outcome.heads, outcome.until = len(heads), max((one.at for one in heads), default=None)
    if has_ended and not heads:
        faults.append("incidents ended, and no signed head is there, so nobody can tell whether the end was cut off")
    await _compare_evidence(store, digests, chain.last, outcome)
    outcome.faults = faults[:FAULTS] + ([f"and {len(faults) - FAULTS} more"] if len(faults) > FAULTS else [])
    return outcome


class _Chain:
    """Entries in order, with the checkpoints in the places of those that were removed."""

    def __init__(self, gaps: Sequence[RemovedEntries], faults: list[str]) -> None:
        self._gaps, self._faults = sorted(gaps, key=lambda one: one.first), faults
        self.last, self._digest = 0, BEGINNING

    def take(self, entry: RecordEntry) -> None:
        self._skip(entry.seq)
        if entry.seq != self.last + 1:
            self._faults.append(f"entries {self.last + 1} to {entry.seq - 1} are missing")
        elif entry.previous != self._digest:
            self._faults.append(f"entry {entry.seq} does not follow the entry before it")
        if not entry.holds or not _is_looked_up_rightly(entry):
            self._faults.append(f"entry {entry.seq} was changed")
        self.last, self._digest = entry.seq, entry.digest

    def end(self) -> None:
        self._skip(None)

    def _skip(self, until: int | None) -> None:
        """Past the checkpoints that begin where the record stands."""
        while self._gaps and (until is None or self._gaps[0].first < until):
            one = self._gaps.pop(0)
            if one.first != self.last + 1 or one.previous != self._digest:
                self._faults.append(f"the checkpoint over entries {one.first} to {one.last} is not where it belongs")
            self.last, self._digest = one.last, one.digest


def _is_looked_up_rightly(entry: RecordEntry) -> bool:
    """Whether the columns beside the content say what it says."""
    try:
        event = entry.event
    except ValidationError:
        return False
    return event.incident == entry.incident and event.at == datetime.fromisoformat(entry.at)


def _is_genuine(kind: str, one: RecordHead | RemovedEntries, keys: Collection[str]) -> bool:
    return one.key in keys and is_signed(kind, one.content, one.signature, one.key)


def _compare(
    head: RecordHead,
    at_head: dict[int, str],
    gaps: Sequence[RemovedEntries],
    last: int,
    keys: Collection[str],
    faults: list[str],
) -> None:
    if not _is_genuine(record.HEAD, head, keys):
        faults.append(f"the head at entry {head.seq} has no valid signature")
    elif head.seq > last:
        faults.append(f"the record ends at entry {last}, and {head.seq} were signed at {head.at:%Y-%m-%d %H:%M:%S}")
    elif head.seq in at_head:
        if at_head[head.seq] != head.digest:
            faults.append(f"entry {head.seq} is not the one that was signed at {head.at:%Y-%m-%d %H:%M:%S}")
    elif not any(one.first <= head.seq < one.last or (one.last, one.digest) == (head.seq, head.digest) for one in gaps):
        faults.append(f"entry {head.seq}, which was signed at {head.at:%Y-%m-%d %H:%M:%S}, is missing")


def _note_evidence(entry: RecordEntry, digests: dict[str, dict[str, str]]) -> None:
    """The digest of each call's evidence as it was recorded last."""
    if '"kind":"call.ended"' in entry.body:
        data = entry.event.data
        if data.get("digest"):
            digests.setdefault(entry.incident, {})[str(data["evidence"])] = str(data["digest"])


async def _compare_evidence(store: Store, digests: dict[str, dict[str, str]], last: int, outcome: RecordCheck) -> None:
    """The ledger of each incident that the record knows with what the record says of it; not of one that went on after
    the `last` entry that was read."""
    for incident, known_digests in digests.items():
        stored_digests = {str(one.id): one.digest for one in await store.stored_evidence(IncidentId(incident))}
        if await store.entries(incident, after=last, limit=1):
            continue
        outcome.evidence += len(stored_digests)
        for evidence, digest in known_digests.items():
            if stored_digests.get(evidence, "") != digest:
                how = "was changed" if evidence in stored_digests else "is missing"
                outcome.faults.append(f"evidence {evidence} of incident {incident} {how}")
