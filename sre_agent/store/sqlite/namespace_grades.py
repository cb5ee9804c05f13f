"""How namespaces stood in sweeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sre_agent.database import Tables, in_its_thread
from sre_agent.domain.namespace_grade import NamespaceGrade
from sre_agent.store.contract.bodies import read, sortable

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS namespace_grade (
  cluster TEXT NOT NULL, namespace TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (cluster, namespace, at)
);
"""


class NamespaceGradeTables(Tables):
    @in_its_thread
    def keep_namespace_grades(self, grades: Sequence[NamespaceGrade]) -> None:
        self.db.execute_many(
            "INSERT OR REPLACE INTO namespace_grade (cluster, namespace, at, body) VALUES (?, ?, ?, ?)",
            [(one.cluster, one.namespace, sortable(one.at), one.model_dump_json()) for one in grades],
        )

    @in_its_thread
    def namespace_grades(
        self, *, cluster: str = "", namespace: str | None = None, limit: int = 50
    ) -> list[NamespaceGrade]:
        rows = self.db.execute(
            """SELECT body FROM namespace_grade
               WHERE cluster = :cluster AND (:namespace IS NULL OR namespace = :namespace)
               ORDER BY at DESC, namespace DESC LIMIT :limit""",
            {"cluster": cluster, "namespace": namespace, "limit": limit},
        )
        return [read(NamespaceGrade, row[0]) for row in rows]
