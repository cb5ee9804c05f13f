"""The record of all that happened: each entry carries the digest of the one before, so that none can be changed,
taken out, put in or moved without it being found. Pure; stores keep it, `sre_agent.record` checks it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from sre_agent.domain.base import Noun
from sre_agent.progress import Event

BEGINNING: Final = "0" * 64  # what the first entry carries as the digest of the one before
HEAD: Final = "application/vnd.sre-agent.record-head+json"
REMOVED: Final = "application/vnd.sre-agent.record-removed+json"


class RecordEntry(Noun):
    """One event as it is kept: `body` is its canonical JSON. `incident` and `at` are what it is looked up by."""

    seq: int
    previous: str
    digest: str
    incident: str
    at: str
    body: str

    @property
    def event(self) -> Event:
        return Event.model_validate_json(self.body)

    @property
    def holds(self) -> bool:
        """Whether the digest is that of the content."""
        return self.digest == entry_digest(self.seq, self.previous, self.body)


class RecordHead(Noun):
    """The end of the record as it was signed at a time: a record that does not reach it was cut off. `key` is the
    public key, in base64 as the signature."""

    seq: int
    digest: str
    at: datetime
    key: str
    signature: str

    @property
    def content(self) -> bytes:
        """What is signed."""
        return canonical_json(self.model_dump(mode="json", exclude={"key", "signature"}))


class RemovedEntries(Noun):
    """A checkpoint in the place of entries that retention removed, from `first` to `last`: what the first carried of
    the one before, and the digest of the last."""

    first: int
    last: int
    previous: str
    digest: str
    at: datetime
    key: str
    signature: str

    @property
    def content(self) -> bytes:
        """What is signed."""
        return canonical_json(self.model_dump(mode="json", exclude={"key", "signature"}))


def canonical_json(value: Any) -> bytes:
    """UTF-8 with sorted keys and no spaces: one form for one content."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # an integer of more than 64 bits, or a lone surrogate
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def content_digest(value: Any) -> str:
    """SHA-256 of the canonical JSON, in hex."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def entry_digest(seq: int, previous: str, body: str) -> str:
    """SHA-256 of the canonical JSON of `{event, previous, seq}`; `body` is that of the event."""
    return hashlib.sha256(f'{{"event":{body},"previous":"{previous}","seq":{seq}}}'.encode()).hexdigest()


def merged(removed: Sequence[RemovedEntries]) -> list[tuple[RemovedEntries, RemovedEntries]]:
    """Runs of checkpoints that follow each other without a gap, each as its first and its last one."""
    runs: list[tuple[RemovedEntries, RemovedEntries]] = []
    for one in sorted(removed, key=lambda r: r.first):
        if runs and runs[-1][1].last + 1 == one.first and runs[-1][1].digest == one.previous:
            runs[-1] = (runs[-1][0], one)
        else:
            runs.append((one, one))
    return runs
