"""Which open incident an alarm belongs to, by what they share; used within the transaction that takes it in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sre_agent.database import Database
from sre_agent.domain.alarm import AlarmEntry

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

    def incident_for(self, entry: AlarmEntry, storm: int, since: str) -> tuple[str, str] | None:
        """The oldest open incident, opened after `since`, that shares a strong key with the alarm, or a thing that one
        of them needs, or a weak key that `storm` alarms have; with the key."""
        lookup, but = list(entry.links.lookup), entry.leaves
        match = self._oldest(lookup, since, but) or self._oldest(self._neighbours(lookup), since, but)
        if match is not None:
            return match
        common = [key for key in entry.links.weak if self._count(key, entry.topic, since) >= storm - 1]
        return self._oldest(common, since, but, strong=False)

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

    def _oldest(self, keys: Sequence[str], since: str, but: str, *, strong: bool = True) -> tuple[str, str] | None:
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
            but,
        )
        return None if row is None else (str(row[0]), str(row[1]))

    def _neighbours(self, keys: Sequence[str]) -> list[str]:
        """What the things of these keys call, and what calls them, as far as it was seen."""
        if not keys:
            return []
        rows = self._db.execute(f"SELECT DISTINCT other FROM dependency WHERE key IN ({_marks(keys)})", keys)  # noqa: S608
        return [str(row[0]) for row in rows][:200]

    def _count(self, key: str, topic: str, since: str) -> int:
        """How many other alarms had the key since then."""
        row = self._db.one("SELECT count(*) FROM sighting WHERE key = ? AND topic != ? AND at >= ?", key, topic, since)
        return int(row[0])


def _marks(keys: Sequence[str]) -> str:
    return ", ".join("?" * len(keys))
