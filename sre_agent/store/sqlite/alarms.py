"""Alarms that came in: the last state of each, what belongs to which incident, and a record of every one.

One delivery is one transaction: whoever was told that an alarm was accepted finds it after a crash, and two deliveries
at the same moment see each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sre_agent.database import Tables, in_its_thread
from sre_agent.domain.alarm import AlarmEntry, AlarmReceipt
from sre_agent.domain.incident import Incident
from sre_agent.domain.signal import Signal
from sre_agent.settings import AlarmSettings
from sre_agent.store.contract.alarm_decisions import effect_of
from sre_agent.store.contract.bodies import read, sortable
from sre_agent.store.sqlite.alarm_groups import AlarmGroups, AlarmRows

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS alarm (
  topic TEXT PRIMARY KEY, signal TEXT NOT NULL, state TEXT NOT NULL, changed_at TEXT NOT NULL, incident TEXT NOT NULL,
  at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS alarm_of_incident ON alarm (incident, state);
CREATE TABLE IF NOT EXISTS attached (
  incident TEXT NOT NULL, topic TEXT NOT NULL, signal TEXT NOT NULL, shared TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (incident, signal)
);
CREATE TABLE IF NOT EXISTS receipt (seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, body TEXT NOT NULL);
"""


class AlarmTables(Tables):
    @in_its_thread
    def take_alarms(self, entries: Sequence[AlarmEntry], settings: AlarmSettings, now: datetime) -> list[AlarmReceipt]:
        with self.db.transaction():
            receipts = [self._take(entry, settings, now) for entry in entries]
            self.db.execute_many(
                "INSERT INTO receipt (at, body) VALUES (?, ?)",
                [(sortable(one.at), one.model_dump_json()) for one in receipts],
            )
        return receipts

    @in_its_thread
    def receipts(self, *, limit: int = 50, before: int | None = None) -> list[tuple[int, AlarmReceipt]]:
        rows = self.db.execute(
            "SELECT seq, body FROM receipt WHERE seq < ? ORDER BY seq DESC LIMIT ?",
            (before if before is not None else 2**62, limit),
        )
        return [(seq, read(AlarmReceipt, body)) for seq, body in rows]

    @in_its_thread
    def attached(self, incident: str) -> list[tuple[Signal, str]]:
        rows = self.db.execute("SELECT body, shared FROM attached WHERE incident = ? ORDER BY rowid", (incident,))
        return [(read(Signal, body), group_key) for body, group_key in rows]

    @in_its_thread
    def firing(self, incident: str) -> list[tuple[Signal, str]]:
        rows = self.db.execute(
            """SELECT attached.body, attached.shared FROM alarm
               JOIN attached ON attached.incident = alarm.incident AND attached.signal = alarm.signal
               WHERE alarm.incident = ? AND alarm.state != 'resolved' ORDER BY attached.rowid""",
            (incident,),
        )
        return [(read(Signal, body), group_key) for body, group_key in rows]

    @in_its_thread
    def keep_dependencies(self, pairs: Iterable[tuple[str, str]], at: datetime) -> None:
        AlarmGroups(self.db).keep_dependencies(pairs, sortable(at))

    def _take(self, entry: AlarmEntry, settings: AlarmSettings, now: datetime) -> AlarmReceipt:
        effect = effect_of(entry, AlarmRows(self.db), settings, now)
        receipt = effect.receipt
        if effect.incident is not None and receipt.disposition == "opened":
            self._insert(effect.incident, entry.settings)
        elif effect.incident is not None:
            self._write(effect.incident)
        if effect.belongs_to is not None:
            self._know(entry, effect.belongs_to, effect.changed_at, now)
        if effect.attaches:
            self.db.execute(
                "INSERT OR IGNORE INTO attached (incident, topic, signal, shared, body) VALUES (?, ?, ?, ?, ?)",
                (receipt.incident, entry.topic, receipt.signal, receipt.shared, entry.signal.model_dump_json()),
            )
        if effect.links:
            opened_at = self.db.one("SELECT body FROM incident WHERE id = ?", receipt.incident)[0]
            since = sortable(read(Incident, opened_at).opened_at)
            AlarmGroups(self.db).keep(entry, receipt.incident, since, sortable(now))
        return receipt

    def _know(self, entry: AlarmEntry, incident: str, changed: str, now: datetime) -> None:
        self.db.execute(
            "INSERT OR REPLACE INTO alarm (topic, signal, state, changed_at, incident, at) VALUES (?, ?, ?, ?, ?, ?)",
            (entry.topic, entry.signal.id, entry.signal.state, changed, incident, sortable(now)),
        )

    def _insert(self, incident: Incident, settings: str) -> None:
        self.db.execute(
            "INSERT INTO incident (id, fingerprint, open, opened_at, body) VALUES (?, ?, 1, ?, ?)",
            (incident.id, incident.fingerprint, incident.opened_at.isoformat(), incident.model_dump_json()),
        )
        if settings:
            self.db.execute("INSERT INTO settings (incident, body) VALUES (?, ?)", (incident.id, settings))

    def _write(self, incident: Incident) -> None:
        self.db.execute(
            "UPDATE incident SET body = ?, open = ? WHERE id = ?",
            (incident.model_dump_json(), int(incident.open), incident.id),
        )
