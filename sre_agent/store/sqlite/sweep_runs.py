"""Sweeps that were asked of the service."""

from __future__ import annotations

from typing import Final

from sre_agent.database import Tables, in_its_thread
from sre_agent.domain.sweep_run import SweepRun
from sre_agent.store.contract.bodies import read, sortable

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS sweep_run (
  id TEXT PRIMARY KEY, namespace TEXT NOT NULL, state TEXT NOT NULL, started_at TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS sweep_run_by_start ON sweep_run (started_at);
"""


class SweepRunTables(Tables):
    @in_its_thread
    def keep_sweep_run(self, run: SweepRun) -> None:
        self.db.execute(
            """INSERT INTO sweep_run (id, namespace, state, started_at, body) VALUES (?, ?, ?, ?, ?)
               ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body""",
            (run.id, run.namespace, run.state, sortable(run.started_at), run.model_dump_json()),
        )

    @in_its_thread
    def sweep_run(self, run: str) -> SweepRun | None:
        row = self.db.one("SELECT body FROM sweep_run WHERE id = ?", run)
        return None if row is None else read(SweepRun, row[0])

    @in_its_thread
    def sweep_runs(
        self, *, namespace: str | None = None, done: bool = False, limit: int = 50, before: str = ""
    ) -> list[SweepRun]:
        older = "(started_at, rowid) < (SELECT started_at, rowid FROM sweep_run WHERE id = :before)"
        conditions = ["namespace = :namespace"] * (namespace is not None) + ["state = 'done'"] * done
        where = " AND ".join([*conditions, *[older] * bool(before)]) or "1"
        rows = self.db.execute(
            f"SELECT body FROM sweep_run WHERE {where} ORDER BY started_at DESC, rowid DESC LIMIT :limit",  # noqa: S608 - constants
            {"namespace": namespace, "before": before, "limit": limit},
        )
        return [read(SweepRun, row[0]) for row in rows]
