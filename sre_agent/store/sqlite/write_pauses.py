"""Whether all writes are paused."""

from __future__ import annotations

from typing import Final

from sre_agent.database import Tables, in_its_thread
from sre_agent.domain.write_pause import WritePause
from sre_agent.store.contract.bodies import read

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS write_pause (one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL);
"""


class WritePauseTables(Tables):
    @in_its_thread
    def pause_writes(self, pause: WritePause) -> WritePause:
        self.db.execute("INSERT OR IGNORE INTO write_pause (one, body) VALUES (1, ?)", (pause.model_dump_json(),))
        row = self.db.execute("SELECT body FROM write_pause").fetchone()
        return read(WritePause, row[0])

    @in_its_thread
    def unpause_writes(self) -> bool:
        return self.db.execute("DELETE FROM write_pause").rowcount > 0

    @in_its_thread
    def write_pause(self) -> WritePause | None:
        row = self.db.execute("SELECT body FROM write_pause").fetchone()
        return None if row is None else read(WritePause, row[0])
