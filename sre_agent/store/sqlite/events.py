"""What happened in each incident, in order: who watches reads it here, in whichever process the run is."""

from __future__ import annotations

from typing import Final

from sre_agent.database import Tables, in_its_thread
from sre_agent.progress import Event
from sre_agent.store import StoredEvent
from sre_agent.store.sqlite.rows import read, sortable

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS event (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, incident TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS event_of_incident ON event (incident, seq);
"""


class EventTables(Tables):
    def record(self, event: Event) -> None:
        self.db.thread.submit(
            self.db.execute,
            "INSERT INTO event (incident, at, body) VALUES (?, ?, ?)",
            (event.incident, sortable(event.at), event.model_dump_json()),
        )

    @in_its_thread
    def events(self, incident: str | None = None, *, after: int = 0, limit: int = 500) -> list[StoredEvent]:
        chosen = "" if incident is None else "AND incident = :incident "
        rows = self.db.execute(
            f"SELECT seq, body FROM event WHERE seq > :after {chosen}ORDER BY seq LIMIT :limit",  # noqa: S608 - constants
            {"incident": incident, "after": after, "limit": limit},
        )
        return [StoredEvent(seq, read(Event, body)) for seq, body in rows]

    @in_its_thread
    def last_event(self) -> int:
        return int(self.db.one("SELECT COALESCE(MAX(seq), 0) FROM event")[0])
