"""Alarms that came in: the last state of each, what belongs to which incident, and a record of every one.

One delivery is one transaction: whoever was told that an alarm was accepted finds it after a crash, and two deliveries
at the same moment see each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sre_agent.database import Tables, in_its_thread
from sre_agent.domain.alarm import AlarmEntry, AlarmReceipt, Disposition
from sre_agent.domain.base import Severity
from sre_agent.domain.incident import Incident
from sre_agent.domain.signal import Signal
from sre_agent.settings import AlarmSettings
from sre_agent.store.sqlite.alarm_groups import AlarmGroups
from sre_agent.store.sqlite.rows import read, sortable

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
DISPLAY_LIMIT: Final = 20  # signals that an incident carries itself; a storm's others are rows of their own
AUTO_RESOLVED: Final = {"status": "answered", "reason": "auto_resolved"}


class AlarmTables(Tables):
    @in_its_thread
    def take_alarms(self, entries: Sequence[AlarmEntry], settings: AlarmSettings, now: datetime) -> list[AlarmReceipt]:
        with self.db.transaction():
            receipts = [self._accept(entry, settings, now) for entry in entries]
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

    def _accept(self, entry: AlarmEntry, settings: AlarmSettings, now: datetime) -> AlarmReceipt:
        if entry.disposition is not None:
            return _receipt(entry, now, entry.disposition, why=entry.why)
        signal = entry.signal
        row = self.db.one("SELECT signal, state, changed_at, incident FROM alarm WHERE topic = ?", entry.topic)
        last = self._incident(row[3]) if row is not None else None
        own = last if last is not None and last.open else self._open_for(entry.topic) or last
        if own is not None and own.id == entry.leaves:
            row = own = None
        changed = sortable(signal.changed_at) if signal.changed_at is not None else ""
        if row is not None and changed and changed < row[2]:
            why = f"it was {row[1]} later, at {row[2]}"
            return _receipt(entry, now, "late", own.id if own is not None else "", why=why)
        if signal.state == "resolved":
            return self._on_resolve(entry, own, changed, now)
        if row is not None and own is not None and _repeats(entry, row, changed):
            until = (own.ended_at or now) + timedelta(seconds=settings.repeat_seconds)
            if own.open or now < until:
                return _receipt(entry, now, "repeated", own.id)
        return self._on_firing(entry, own, changed, settings, now)

    def _on_firing(
        self, entry: AlarmEntry, own: Incident | None, changed: str, settings: AlarmSettings, now: datetime
    ) -> AlarmReceipt:
        groups, group_key = AlarmGroups(self.db), ""
        incident = own if own is not None and own.open else None
        if incident is None and settings.storm_window_seconds:
            since = now - timedelta(seconds=settings.storm_window_seconds)
            match = groups.incident_for(entry, settings.storm_alarms, sortable(since))
            if match is not None:
                incident, group_key = self._incident(match[0]), match[1]
        if incident is None and not entry.opens:
            return _receipt(entry, now, "no_room", why="too many incidents wait already")
        disposition: Disposition = "joined" if incident is not None else "opened"
        if incident is None:
            incident = entry.new
            self._insert(incident, entry.settings)
        severity = self._attach(entry, incident, group_key, changed, now, first=disposition == "opened")
        groups.keep(entry, incident.id, sortable(incident.opened_at), sortable(now))
        return _receipt(entry, now, disposition, incident.id, group_key=group_key, severity=severity)

    def _on_resolve(self, entry: AlarmEntry, own: Incident | None, changed: str, now: datetime) -> AlarmReceipt:
        if own is None or not own.open:
            self._know(entry, own.id if own is not None else "", changed, now)
            return _receipt(entry, now, "not_open")
        self._attach(entry, own, "", changed, now)
        fires = self.db.one("SELECT 1 FROM alarm WHERE incident = ? AND state != 'resolved'", own.id)
        holder = self.db.one("SELECT holder, epoch FROM incident WHERE id = ?", own.id)
        if fires is None and tuple(holder) == ("", 0):  # nobody has begun with it
            current = self._incident(own.id) or own
            self._write(current.model_copy(update={**AUTO_RESOLVED, "ended_at": now}))
            return _receipt(entry, now, "closed", own.id)
        return _receipt(entry, now, "resolved", own.id)

    def _attach(
        self, entry: AlarmEntry, incident: Incident, group_key: str, changed: str, now: datetime, *, first: bool = False
    ) -> Severity | None:
        """The incident carries its first signals itself, and the highest severity of all: the one, if it rose."""
        signal = entry.signal
        self._know(entry, incident.id, changed, now)
        self.db.execute(
            "INSERT OR IGNORE INTO attached (incident, topic, signal, shared, body) VALUES (?, ?, ?, ?, ?)",
            (incident.id, entry.topic, signal.id, group_key, signal.model_dump_json()),
        )
        update: dict[str, object] = {}
        if not first and len(incident.signals) < DISPLAY_LIMIT and all(one.id != signal.id for one in incident.signals):
            update["signals"] = [*incident.signals, signal]
        if signal.severity is not None and signal.severity < incident.severity and signal.state != "resolved":
            update["severity"] = signal.severity
        if update:
            self._write(incident.model_copy(update=update))
        return signal.severity if "severity" in update else None

    def _know(self, entry: AlarmEntry, incident: str, changed: str, now: datetime) -> None:
        self.db.execute(
            "INSERT OR REPLACE INTO alarm (topic, signal, state, changed_at, incident, at) VALUES (?, ?, ?, ?, ?, ?)",
            (entry.topic, entry.signal.id, entry.signal.state, changed, incident, sortable(now)),
        )

    def _incident(self, incident: str) -> Incident | None:
        row = self.db.one("SELECT body FROM incident WHERE id = ?", incident) if incident else None
        return None if row is None else read(Incident, row[0])

    def _open_for(self, topic: str) -> Incident | None:
        """Opened by a person for the same alarm."""
        row = self.db.one("SELECT body FROM incident WHERE fingerprint = ? AND open = 1", topic)
        return None if row is None else read(Incident, row[0])

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


def _repeats(entry: AlarmEntry, row: tuple[str, str, str, str], changed: str) -> bool:
    """The same message, or another about the same change."""
    signal, state, before, _ = row
    return signal == entry.signal.id or (state == entry.signal.state and bool(changed) and changed == before)


def _receipt(
    entry: AlarmEntry,
    now: datetime,
    disposition: Disposition,
    incident: str = "",
    *,
    why: str = "",
    group_key: str = "",
    severity: Severity | None = None,
) -> AlarmReceipt:
    return AlarmReceipt(
        source=entry.source,
        signal=entry.signal.id,
        title=entry.signal.title,
        state=entry.signal.state,
        severity=entry.signal.severity,
        at=now,
        disposition=disposition,
        why=why,
        incident=incident,
        shared=group_key,
        raised=severity,
    )
