"""What model calls cost, and what is held for those of batch jobs.

Sums are counters that change in the transaction in which a call does: one for each incident, and some for each day, so
that not all calls of a day wait for one item. A time within a day is added up call by call.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

from sre_agent.domain.model_call import ModelCall
from sre_agent.store.contract.bodies import sortable
from sre_agent.store.dynamodb.attributes import ABSENT, Item, ItemWrite, Value, delete, pack, put, update
from sre_agent.store.dynamodb.items import chunks
from sre_agent.store.dynamodb.parts import BODY, Part, bodies, in_a_thread

State = Literal["model_call", "held_call"]
Sums = dict[tuple[str, str], dict[str, float]]  # by the key of a counter and the state
KEPT: Final = "model_call"
HELD: Final = "held_call"
DAYS: Final = "dollars"  # the partition of the counters of days
SHARDS: Final = 8  # counters of one day
AT_ONCE: Final = 15  # calls of one transaction: each is up to four items and two counters
MIDNIGHT: Final = "T00:00:00.000000+00:00"


class ModelCallItems(Part):
    @in_a_thread
    def keep_model_call(self, call: ModelCall) -> None:
        self._change([], [call], KEPT)

    @in_a_thread
    def model_calls(self, *, incident: str | None = None, since: datetime | None = None) -> list[ModelCall]:
        return bodies(ModelCall, self._calls(KEPT, incident, since))

    @in_a_thread
    def hold_model_calls(self, calls: Sequence[ModelCall]) -> None:
        self._change([], calls, HELD)

    @in_a_thread
    def settle_model_calls(self, ids: Collection[str], calls: Sequence[ModelCall]) -> None:
        """A call is let go and kept in one transaction; one of many calls after the other."""
        self._change(ids, calls, KEPT)

    @in_a_thread
    def held_model_calls(self, *, incident: str | None = None, since: datetime | None = None) -> list[ModelCall]:
        return bodies(ModelCall, self._calls(HELD, incident, since))

    @in_a_thread
    def held_model_dollars(self, *, incident: str | None = None, since: datetime | None = None) -> float:
        return self._sum((HELD,), incident, since)

    @in_a_thread
    def model_dollars(self, *, incident: str | None = None, since: datetime | None = None) -> float:
        return self._sum((KEPT, HELD), incident, since)

    def _calls(self, state: State, incident: str | None, since: datetime | None) -> Iterable[Item]:
        first = "" if since is None else sortable(since)
        if incident is None:
            return self.items.in_list(state, since=first)
        calls = self.items.partition(_partition(incident), "call#", only="#state = :state", values={"state": state})
        return (one for one in calls if str(one["place"]) >= first)

    def _sum(self, states: Sequence[State], incident: str | None, since: datetime | None) -> float:
        if incident is not None and since is None:
            return _total([self.items.get(_partition(incident), "sum") or {}], states)
        if incident is not None:
            return sum(float(one["dollars"]) for state in states for one in self._calls(state, incident, since))
        first = "" if since is None else sortable(since)
        day, partial = first[:10], first[10:] not in ("", MIDNIGHT)
        total = _total(self.items.partition(DAYS, after=f"{day}~" if partial else day), states)
        if not partial:
            return total
        rest = (self.items.in_list(state, since=first, before=f"{day}U") for state in states)
        return total + sum(float(one["dollars"]) for calls in rest for one in calls)

    def _change(self, ids: Collection[str], calls: Sequence[ModelCall], state: State) -> None:
        by_id: dict[str, ModelCall | None] = dict.fromkeys(ids)
        for call in calls:
            by_id[call.id] = by_id.get(call.id) or call
        for part in chunks(list(by_id.items()), AT_ONCE):
            self.items.again(lambda part=part: self.items.write(*self._writes(part, state)))  # type: ignore[misc]

    def _writes(self, part: Sequence[tuple[str, ModelCall | None]], state: State) -> list[ItemWrite]:
        rows = self.items.get_many((f"model_call#{id_}", BODY) for id_, _ in part)
        writes: dict[tuple[str, str], ItemWrite] = {}
        sums: Sums = defaultdict(lambda: defaultdict(float))
        for id_, call in part:
            own = (f"model_call#{id_}", BODY)
            before = rows.get(own)
            if (before is None and call is None) or (before is not None and before["state"] in (KEPT, state)):
                continue
            condition, values = ABSENT, dict[str, Value]()
            if before is not None:
                condition, values = "#state = :before", {"before": str(before["state"])}
                key = (_partition(str(before["incident"])), str(before["place"]))
                writes[key] = delete(*key)
                writes[own] = delete(*own, condition, values=values)
                _count(sums, str(before["incident"]), str(before["place"]), id_, HELD, -float(before["dollars"]))
            if call is not None:
                place = f"call#{sortable(call.at)}#{id_}"
                price: Item = {"state": state, "dollars": call.dollars}
                row: Item = {"pk": _partition(call.incident), "sk": place, BODY: pack(call.model_dump_json()), **price}
                writes[_partition(call.incident), place] = put({**row, "list": state, "place": place[5:]})
                at: Item = {"pk": own[0], "sk": own[1], "incident": call.incident, "place": place, **price}
                writes[own] = put(at, condition, values=values)
                _count(sums, call.incident, place, id_, state, call.dollars)
        return [*writes.values(), *(_counter(key, amounts) for key, amounts in sums.items())]


def _count(sums: Sums, incident: str, place: str, id_: str, state: str, dollars: float) -> None:
    shard = zlib.crc32(id_.encode()) % SHARDS
    sums[_partition(incident), "sum"][state] += dollars
    sums[DAYS, f"{place[5:15]}#{shard}"][state] += dollars


def _counter(key: tuple[str, str], amounts: Mapping[str, float]) -> ItemWrite:
    return update(*key, "ADD " + ", ".join(f"#{name} :{name}" for name in amounts), values=amounts)


def _total(counters: Iterable[Item], states: Sequence[State]) -> float:
    return sum(float(one.get(state, 0.0)) for one in counters for state in states)


def _partition(incident: str) -> str:
    return f"model_calls#{incident}"
