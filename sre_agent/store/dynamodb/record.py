"""The record in one chain over all processes: who appends says which end it appends to, and comes again where another
was first.

The entries stand in partitions of a thousand by their number; beside each incident stands which of them are its own.
The newest entry's number and digest are an item of their own, so that nothing has to be looked for.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Final

import structlog

from sre_agent.domain.record import BEGINNING, RecordEntry, RecordHead, RemovedEntries
from sre_agent.errors import SreAgentError
from sre_agent.progress import Event
from sre_agent.store.contract.bodies import read
from sre_agent.store.contract.chaining import (
    SIGNED_EVERY,
    chained,
    first_break,
    merged_removals,
    removable,
    signed_head,
    signed_removal,
)
from sre_agent.store.contract.record import StoredEvent
from sre_agent.store.dynamodb.attributes import ABSENT, Item, ItemWrite, pack, put, unpack
from sre_agent.store.dynamodb.items import Items
from sre_agent.store.dynamodb.parts import BODY, Part, bodies, in_a_thread, of_incident

if TYPE_CHECKING:
    from sre_agent.signing import SigningKey

LOG = structlog.get_logger("sre_agent.record")
RECORD: Final = "record"  # the partition of what is about the record as a whole
NEWEST: Final = "newest"
SIGNED: Final = "signed#"
REMOVED: Final = "removed#"
OWN: Final = "record#"  # in the partition of an incident, before the number of an entry that is its own
IN_A_PARTITION: Final = 1000
AT_ONCE: Final = 45  # entries of one transaction: two items each, and the end
BYTES_AT_ONCE: Final = 1_500_000  # of their bodies; a transaction takes 4 MB


class RecordItems(Part):
    """`open_key` gives the key that heads are signed with, the same one in every process; it is asked once."""

    def __init__(self, items: Items, open_key: Callable[[], SigningKey]) -> None:
        super().__init__(items)
        self._open_key = open_key
        self._waiting: deque[Event] = deque()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="record")
        self._sent: list[Event] = []  # of which it is not known yet whether they are there
        self._batch = "", 0  # how they are marked, and the number of the first
        self._signed = 0  # as far as this process knows

    def record(self, event: Event) -> None:
        self._waiting.append(event)
        self._writer.submit(self._flush_quietly)

    async def recorded(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._writer, self._flush)

    async def events(self, incident: str | None = None, *, after: int = 0, limit: int = 500) -> list[StoredEvent]:
        entries = await self.entries(incident, after=after, limit=limit)
        return [StoredEvent(entry.seq, read(Event, entry.body)) for entry in entries]

    async def entries(self, incident: str | None = None, *, after: int = 0, limit: int = 500) -> list[RecordEntry]:
        await self._settle()
        return await self._entries(incident, after, limit)

    async def last_event(self) -> int:
        await self._settle()
        return await self._last()

    @in_a_thread
    def record_heads(self) -> list[RecordHead]:
        return bodies(RecordHead, self.items.partition(RECORD, SIGNED))

    @in_a_thread
    def heads_apart(self) -> list[RecordHead]:
        return []

    @in_a_thread
    def record_keys(self) -> list[str]:
        return [self._key.public]

    @in_a_thread
    def record_signer(self) -> SigningKey:
        return self._key

    @in_a_thread
    def removed_entries(self) -> list[RemovedEntries]:
        return self._removals()

    async def sign_head(self) -> RecordHead | None:
        await self.recorded()
        return await self._sign()

    def remove_entries(self, seqs: Iterable[int]) -> None:
        """What is not as it was written stays where it is, so that it can be found. The checkpoint comes first: what is
        broken off leaves entries behind a checkpoint, and no gap without one."""
        numbers = sorted(set(seqs))
        entries = self._by_number(numbers)
        for run in removable(entries[seq] for seq in numbers if seq in entries):
            first, last = run[0], run[-1]
            self._keep_removed(signed_removal(first.seq, last.seq, first.previous, last.digest, self._key))
            keys = [key for one in run for key in (_place(one.seq), (of_incident(one.incident), _own(one.seq)))]
            self.items.remove([*keys, *((RECORD, f"{SIGNED}{one.seq:012d}") for one in run)])
        for one in merged_removals(self._removals(), self._key):
            within = (gap for gap in self._removals() if one.first < gap.first and gap.last <= one.last)
            self._keep_removed(one)
            self.items.remove((RECORD, f"{REMOVED}{gap.first:012d}") for gap in within)

    async def _settle(self) -> None:
        """What this process gave to `record` before is there, unless the table does not take it now."""
        if self._waiting:
            await asyncio.get_running_loop().run_in_executor(self._writer, self._flush_quietly)

    @in_a_thread
    def _entries(self, incident: str | None, after: int, limit: int) -> list[RecordEntry]:
        if incident is None:
            return list(self.after(after, limit))
        rows = self.items.partition(of_incident(incident), OWN, after=_own(after), most=limit)
        numbers = [int(str(row["sk"]).removeprefix(OWN)) for row in rows]
        entries = self._by_number(numbers)
        return [entries[seq] for seq in numbers if seq in entries]

    def after(
        self, seq: int, limit: int, *, end: int | None = None, gaps: Sequence[RemovedEntries] | None = None
    ) -> Iterator[RecordEntry]:
        """Entries after this one, oldest first; over what retention removed it steps at once. `end` and `gaps` where
        they have just been read."""
        end = self._end()[0] if end is None else end
        gaps = self._removals() if gaps is None else gaps
        number = seq + 1
        while number <= end and limit > 0:
            number = next((gap.last + 1 for gap in gaps if gap.first <= number <= gap.last), number)
            pk, first = _place(number)
            rows = [_entry(row) for row in self.items.partition(pk, after=_before(first), most=limit)]
            yield from rows
            limit -= len(rows)
            number = (number // IN_A_PARTITION + 1) * IN_A_PARTITION

    def _by_number(self, numbers: Sequence[int]) -> dict[int, RecordEntry]:
        rows = self.items.get_many(map(_place, numbers))
        return {entry.seq: entry for entry in map(_entry, rows.values())}

    def _flush_quietly(self) -> None:
        """What could not be kept waits for the next chance, in its order."""
        try:
            self._flush()
        except SreAgentError as problem:
            LOG.warning("record", action="write", status="unavailable", error=str(problem), waiting=len(self._waiting))

    def _flush(self) -> None:
        ends = False
        while events := self._sent or self._next_batch():
            self._sent = events
            seq = self.items.again(lambda events=events: self._append(events))  # type: ignore[misc]
            for _ in events:
                self._waiting.popleft()
            self._sent, self._batch = [], ("", 0)
            ends = ends or any(event.kind == "incident.ended" for event in events)
            if ends or seq - self._signed >= SIGNED_EVERY:
                self._sign_head()
                ends = False

    def _next_batch(self) -> list[Event]:
        events: list[Event] = []
        size = 0
        for event in list(self._waiting)[:AT_ONCE]:
            size += len(event.model_dump_json())
            if events and size > BYTES_AT_ONCE:
                break
            events.append(event)
        return events

    def _append(self, events: Sequence[Event]) -> int:
        """The number of the last one. Events of which nobody knows whether they are there are looked for first."""
        batch, first = self._batch
        sent = self.items.get(*_place(first)) if batch else None
        if sent is not None and sent["batch"] == batch:
            return first + len(events) - 1
        before, digest = self._end()
        self._batch = batch, _ = secrets.token_hex(8), before + 1
        entries = list(chained(events, before, digest))
        newest: Item = {"pk": RECORD, "sk": NEWEST, "seq": entries[-1].seq, "digest": entries[-1].digest}
        end = put(newest, ABSENT) if before == 0 else put(newest, "#seq = :seq", values={"seq": before})
        self.items.write(end, *(write for entry in entries for write in _writes(entry, batch)))
        return entries[-1].seq

    def _end(self) -> tuple[int, str]:
        newest = self.items.get(RECORD, NEWEST)
        return (0, BEGINNING) if newest is None else (int(newest["seq"]), str(newest["digest"]))

    @in_a_thread
    def _last(self) -> int:
        return self._end()[0]

    @in_a_thread
    def _sign(self) -> RecordHead | None:
        self._sign_head()
        return self._last_head()

    def _sign_head(self) -> None:
        """Nothing is signed over what was changed since the last signature, so that it stays to be found. The log has
        each head too: whoever cuts off the end of the one has to change the other."""
        seq, digest = self._end()
        last = self._last_head()
        if seq == 0 or (last is not None and last.seq >= seq) or not self._is_unbroken(last, seq):
            return
        head = signed_head(seq, digest, self._key)
        self.items.write(put({"pk": RECORD, "sk": f"{SIGNED}{seq:012d}", BODY: pack(head.model_dump_json())}))
        LOG.info("record", action="sign", status="signed", seq=seq, digest=digest, signature=head.signature)
        self._signed = seq

    def _is_unbroken(self, last: RecordHead | None, end: int) -> bool:
        after = last.seq if last is not None else 0
        at_head = self._by_number([after]).get(after)
        gaps = self._removals()
        problem = first_break(last, at_head, self.after(after, end - after, end=end, gaps=gaps), gaps)
        if problem is not None:
            LOG.error("record", action="sign", status=problem[0], seq=problem[1])
        return problem is None

    def _last_head(self) -> RecordHead | None:
        heads = bodies(RecordHead, self.items.partition(RECORD, SIGNED, newest_first=True, most=1))
        return heads[0] if heads else None

    def _removals(self) -> list[RemovedEntries]:
        return bodies(RemovedEntries, self.items.partition(RECORD, REMOVED))

    def _keep_removed(self, one: RemovedEntries) -> None:
        self.items.write(put({"pk": RECORD, "sk": f"{REMOVED}{one.first:012d}", BODY: pack(one.model_dump_json())}))

    @cached_property
    def _key(self) -> SigningKey:
        return self._open_key()


def _writes(entry: RecordEntry, batch: str) -> list[ItemWrite]:
    pk, sk = _place(entry.seq)
    chain: Item = {"previous": entry.previous, "digest": entry.digest, "incident": entry.incident, "at": entry.at}
    row: Item = {"pk": pk, "sk": sk, "seq": entry.seq, "batch": batch, **chain, BODY: pack(entry.body)}
    return [put(row, ABSENT), put({"pk": of_incident(entry.incident), "sk": _own(entry.seq)})]


def _entry(row: Item) -> RecordEntry:
    names = ("seq", "previous", "digest", "incident", "at")
    return RecordEntry.model_validate({**{name: row[name] for name in names}, BODY: unpack(row[BODY])})


def _place(seq: int) -> tuple[str, str]:
    return f"{RECORD}#{seq // IN_A_PARTITION}", f"{seq:012d}"


def _before(sk: str) -> str:
    return f"{int(sk) - 1:012d}"


def _own(seq: int) -> str:
    return f"{OWN}{seq:012d}"
