"""Sessions of AgentCore Runtime that this service was."""

from __future__ import annotations

from typing import Final

from sre_agent.database import Tables, in_its_thread
from sre_agent.domain.runtime_session import RuntimeSession
from sre_agent.store.contract.bodies import read, sortable

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS runtime_session (id TEXT PRIMARY KEY, last_at TEXT NOT NULL, body TEXT NOT NULL);
"""


class RuntimeSessionTables(Tables):
    @in_its_thread
    def use_runtime_session(self, use: RuntimeSession) -> RuntimeSession:
        with self.db.transaction():
            runtime_session = self._runtime_session(use.id)
            if runtime_session is not None:
                fields = {"state", "why"} if runtime_session.state == "stopping" else set()
                use = use.model_copy(
                    update={"started_at": runtime_session.started_at, **runtime_session.model_dump(include=fields)}
                )
            self._save_runtime_session(use)
            return use

    @in_its_thread
    def stop_runtime_session(self, session: str, why: str) -> bool:
        with self.db.transaction():
            runtime_session = self._runtime_session(session)
            if runtime_session is not None:
                self._save_runtime_session(runtime_session.model_copy(update={"state": "stopping", "why": why}))
            return runtime_session is not None

    @in_its_thread
    def runtime_sessions(self, *, limit: int = 50) -> list[RuntimeSession]:
        rows = self.db.execute("SELECT body FROM runtime_session ORDER BY last_at DESC, rowid DESC LIMIT ?", (limit,))
        return [read(RuntimeSession, row[0]) for row in rows]

    def _runtime_session(self, session: str) -> RuntimeSession | None:
        row = self.db.one("SELECT body FROM runtime_session WHERE id = ?", session)
        return None if row is None else read(RuntimeSession, row[0])

    def _save_runtime_session(self, session: RuntimeSession) -> None:
        self.db.execute(
            "INSERT OR REPLACE INTO runtime_session (id, last_at, body) VALUES (?, ?, ?)",
            (session.id, sortable(session.last_at), session.model_dump_json()),
        )
