"""Alarms that came in: the last state of each, what belongs to which incident, and a record of every one.

One alarm is one transaction, on the condition that what decided on it is as it was read.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sre_agent.aws_services.definitions import EXPIRY
from sre_agent.domain.alarm import AlarmEntry, AlarmReceipt
from sre_agent.domain.incident import Incident
from sre_agent.domain.signal import Signal
from sre_agent.settings import AlarmSettings
from sre_agent.store.contract.alarm_decisions import AlarmEffect, effect_of
from sre_agent.store.contract.bodies import read, sortable
from sre_agent.store.dynamodb.alarm_groups import AlarmRead, keep_calls, link_writes
from sre_agent.store.dynamodb.attributes import ABSENT, Item, ItemWrite, delete, pack, put, unpack, update
from sre_agent.store.dynamodb.incidents import created, saved
from sre_agent.store.dynamodb.parts import BODY, Part, in_a_thread, of_incident

RECEIPTS: Final = "receipt"
ATTACHED: Final = "attached#"
ALARM: Final = "alarm#"
KNOWN: Final = "alarm"  # the list of all alarms, by the time of their last message
KEPT_FOR: Final = timedelta(days=90)


class AlarmItems(Part):
    @in_a_thread
    def take_alarms(self, entries: Sequence[AlarmEntry], settings: AlarmSettings, now: datetime) -> list[AlarmReceipt]:
        """One after the other: what was taken in stays so where a later one fails, and is `repeated` when it comes
        again."""
        if not entries:
            return []
        first = self.items.add(RECEIPTS, "count", "alarms", len(entries)) - len(entries) + 1
        return [
            self.items.again(lambda n=n, entry=entry: self._take(n, entry, settings, now))  # type: ignore[misc]
            for n, entry in enumerate(entries, first)
        ]

    @in_a_thread
    def receipts(self, *, limit: int = 50, before: int | None = None) -> list[tuple[int, AlarmReceipt]]:
        place = "" if before is None else f"{before:016d}"
        rows = self.items.in_list(RECEIPTS, before=place, newest_first=True, most=limit)
        return [(int(str(row["place"])), read(AlarmReceipt, unpack(row[BODY]))) for row in rows]

    @in_a_thread
    def attached(self, incident: str) -> list[tuple[Signal, str]]:
        return [_signal(row) for row in self._attachments(incident)]

    @in_a_thread
    def firing(self, incident: str) -> list[tuple[Signal, str]]:
        alarms = self.items.partition(of_incident(incident), ALARM)
        signals = {row["signal"] for row in alarms if row["state"] != "resolved"}
        return [_signal(row) for row in self._attachments(incident) if str(row["sk"]).removeprefix(ATTACHED) in signals]

    @in_a_thread
    def keep_dependencies(self, pairs: Iterable[tuple[str, str]], at: datetime) -> None:
        keep_calls(self.items, pairs, at)

    def _attachments(self, incident: str) -> list[Item]:
        rows = self.items.partition(of_incident(incident), ATTACHED)
        return sorted(rows, key=lambda row: int(row["since"]))

    def _take(self, number: int, entry: AlarmEntry, settings: AlarmSettings, now: datetime) -> AlarmReceipt:
        view = AlarmRead(self.items, entry)
        effect = effect_of(entry, view, settings, now)
        receipt = effect.receipt
        row: Item = {"pk": f"{RECEIPTS}#{number}", "sk": BODY, "list": RECEIPTS, "place": f"{number:016d}"}
        rest: Item = {BODY: pack(receipt.model_dump_json()), EXPIRY: int((now + KEPT_FOR).timestamp())}
        self.items.write(put({**row, **rest}), *_incident_writes(view, effect), *_alarm_writes(view, effect, now))
        return receipt


def _incident_writes(view: AlarmRead, effect: AlarmEffect) -> list[ItemWrite]:
    """What the effect changes of the incident; whom it leaves as it is has a new version all the same."""
    receipt = effect.receipt
    if receipt.disposition == "opened" and effect.incident is not None:
        return created(effect.incident, view.entry.settings)
    row = view.incident_rows.get(receipt.incident) if effect.attaches else None
    if row is None:
        return []
    return saved(effect.incident or read(Incident, unpack(row[BODY])), row)


def _alarm_writes(view: AlarmRead, effect: AlarmEffect, now: datetime) -> list[ItemWrite]:
    receipt, entry, signal = effect.receipt, view.entry, view.entry.signal
    writes: list[ItemWrite] = []
    if effect.belongs_to is not None:
        writes += _state_writes(view, effect.belongs_to, effect.changed_at, now)
    if effect.attaches:
        once = ("since", "topic", "shared", BODY)
        change = "SET " + ", ".join(f"#{name} = if_not_exists(#{name}, :{name})" for name in once)
        values: Item = {"since": time.time_ns(), "topic": entry.topic, "shared": receipt.shared}
        values[BODY] = pack(signal.model_dump_json())
        writes.append(update(of_incident(receipt.incident), ATTACHED + signal.id, change, values=values))
    if effect.links:
        is_new = receipt.disposition == "opened"
        incident = effect.incident or view.incident_of(receipt.incident) or entry.new
        writes += link_writes(view, incident, now, is_new=is_new)
    return writes


def _state_writes(view: AlarmRead, incident: str, changed_at: str, now: datetime) -> list[ItemWrite]:
    """The alarm's last state, for itself and with its incident; the one it belonged to before has it no more."""
    entry, row = view.entry, view.alarm_row
    key = ALARM + entry.topic
    state: Item = {"signal": entry.signal.id, "state": entry.signal.state}
    version = 0 if row is None else int(row["version"])
    place = f"{sortable(now)}#{entry.topic}"
    own: Item = {"pk": key, "sk": BODY, **state, "changed_at": changed_at, "incident": incident}
    item: Item = {**own, "version": version + 1, "list": KNOWN, "place": place}
    writes = [put(item, ABSENT) if row is None else put(item, "#version = :version", values={"version": version})]
    if incident:
        writes.append(put({"pk": of_incident(incident), "sk": key, **state}))
    before = "" if row is None else str(row["incident"])
    if before and before != incident:
        writes.append(delete(of_incident(before), key))
    return writes


def _signal(row: Item) -> tuple[Signal, str]:
    return read(Signal, unpack(row[BODY])), str(row["shared"])
