"""The record of all that happened: append-only, chained, signed. See `domain.record`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sre_agent.domain.record import RecordEntry, RecordHead, RemovedEntries
from sre_agent.progress import Event

if TYPE_CHECKING:
    from sre_agent.signing import SigningKey


@dataclass(frozen=True)
class StoredEvent:
    """`seq` grows by time over all incidents: who has seen it asks for what came after."""

    seq: int
    event: Event


class RecordStore(Protocol):
    def record(self, event: Event) -> None:
        """Keep it soon, in the order of the calls, without secrets; nobody waits for it. See `domain.record`."""

    async def recorded(self) -> None:
        """All that was given to `record` is kept when this returns. Raises one of STORAGE_ERRORS where it cannot be."""

    async def entries(self, incident: str | None = None, *, after: int = 0, limit: int = 500) -> list[RecordEntry]:
        """The record after the entry `after`, of one incident or of all; oldest first."""

    async def sign_head(self) -> RecordHead | None:
        """The end of the record, signed now; None where nothing was recorded yet."""

    async def record_heads(self) -> list[RecordHead]:
        """Those that were signed, oldest first; for what was removed there may be none."""

    async def heads_apart(self) -> list[RecordHead]:
        """Of these, those that are kept apart from the entries: who cut off the end of the one has to change both."""

    async def record_keys(self) -> list[str]:
        """The public keys, in base64, that this store's heads are signed with; none where nothing was signed yet."""

    async def record_signer(self) -> SigningKey:
        """What signs heads, and what is made of the record for others; made at the first use."""

    async def removed_entries(self) -> list[RemovedEntries]:
        """What stands in the place of entries that `forget` removed, in order."""

    async def events(self, incident: str | None = None, *, after: int = 0, limit: int = 500) -> list[StoredEvent]:
        """What happened after the event `after`, in one incident or in all; oldest first."""

    async def last_event(self) -> int:
        """The `seq` of the newest event; 0 where there is none."""
