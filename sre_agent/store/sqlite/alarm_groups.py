"""Which open incident an alarm belongs to, by what they share; used within the transaction that takes it in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sre_agent.database import Database
from sre_agent.domain.alarm import AlarmEntry
from sre_agent.domain.incident import Incident
from sre_agent.store.contract.alarm_decisions import KnownAlarm
from sre_agent.store.contract.bodies import read

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS link (
  key TEXT NOT NULL, incident TEXT NOT NULL, since TEXT NOT NULL, weak INTEGER NOT NULL, PRIMARY KEY (key, incident)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS link_of_incident ON link (incident);
CREATE TABLE IF NOT EXISTS sighting (
  key TEXT NOT NULL, topic TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (key, topic)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dependency (
  key TEXT NOT NULL, other TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (key, other)
) WITHOUT ROWID;
"""


class AlarmGroups:
    def __init__(self, db: Database) -> None:
        self._db = db

    def keep(self, entry: AlarmEntry, incident: str, opened_at: str, now: str) -> None:
        kinds = (entry.links.strong, entry.links.weak)
        rows = [(key, incident, opened_at, weak) for weak, keys in enumerate(kinds) for key in keys]
        self._db.execute_many("INSERT OR IGNORE INTO link (key, incident, since, weak) VALUES (?, ?, ?, ?)", rows)
        self._db.execute_many(
            "INSERT OR REPLACE INTO sighting (key, topic, at) VALUES (?, ?, ?)",
            [(key, entry.topic, now) for key in entry.links.weak],
        )

    def keep_dependencies(self, pairs: Iterable[tuple[str, str]], at: str) -> None:
        both = [(one, other, at) for pair in pairs for one, other in (pair, pair[::-1])]
        self._db.execute_many("INSERT OR REPLACE INTO dependency (key, other, at) VALUES (?, ?, ?)", both)


class AlarmRows:
    """What is known while an alarm is decided on: `AlarmView` over the tables, within the transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def alarm(self, topic: str) -> KnownAlarm | None:
        row = self._db.one("SELECT signal, state, changed_at, incident FROM alarm WHERE topic = ?", topic)
        return None if row is None else KnownAlarm(*row)

    def incident_of(self, incident: str) -> Incident | None:
        row = self._db.one("SELECT body FROM incident WHERE id = ?", incident)
        return None if row is None else read(Incident, row[0])

    def open_incident(self, fingerprint: str) -> Incident | None:
        row = self._db.one("SELECT body FROM incident WHERE fingerprint = ? AND open = 1", fingerprint)
        return None if row is None else read(Incident, row[0])

    def others_fire(self, incident: str, topic: str) -> bool:
        sql = "SELECT 1 FROM alarm WHERE incident = ? AND topic != ? AND state != 'resolved'"
        return self._db.one(sql, incident, topic) is not None

    def has_begun(self, incident: str) -> bool:
        return tuple(self._db.one("SELECT holder, epoch FROM incident WHERE id = ?", incident)) != ("", 0)

    def oldest(self, keys: Sequence[str], since: str, other_than: str, *, strong: bool) -> tuple[str, str] | None:
        if not keys:
            return None
        row = self._db.one(
            f"""SELECT link.incident, link.key FROM link JOIN incident ON incident.id = link.incident
                WHERE link.key IN ({_marks(keys)}) AND link.since >= ? AND link.weak <= ? AND incident.open = 1
                  AND incident.id != ?
                ORDER BY link.since, incident.rowid LIMIT 1""",  # noqa: S608 - marks alone
            *keys,
            since,
            int(not strong),
            other_than,
        )
        return None if row is None else (str(row[0]), str(row[1]))

    def neighbours(self, keys: Sequence[str]) -> list[str]:
        if not keys:
            return []
        rows = self._db.execute(f"SELECT DISTINCT other FROM dependency WHERE key IN ({_marks(keys)})", keys)  # noqa: S608
        return [str(row[0]) for row in rows][:200]

    def sightings(self, key: str, other_than: str, since: str, most: int) -> int:
        sql = "SELECT count(*) FROM (SELECT 1 FROM sighting WHERE key = ? AND topic != ? AND at >= ? LIMIT ?)"
        return int(self._db.one(sql, key, other_than, since, most)[0])


def _marks(keys: Sequence[str]) -> str:
    return ", ".join("?" * len(keys))
