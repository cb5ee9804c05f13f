"""The first decision on each question."""

from __future__ import annotations

from typing import Final

from sre_agent.database import Tables, in_its_thread
from sre_agent.domain.action import ApprovalDecision
from sre_agent.store.contract.bodies import read

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS decision (question TEXT PRIMARY KEY, body TEXT NOT NULL);
"""


class DecisionTables(Tables):
    @in_its_thread
    def decide(self, decision: ApprovalDecision) -> bool:
        done = self.db.execute(
            "INSERT OR IGNORE INTO decision (question, body) VALUES (?, ?)",
            (decision.question, decision.model_dump_json()),
        )
        return done.rowcount == 1

    @in_its_thread
    def decision(self, question: str) -> ApprovalDecision | None:
        row = self.db.one("SELECT body FROM decision WHERE question = ?", question)
        return None if row is None else read(ApprovalDecision, row[0])
