"""What people decided: the first answer to a question counts."""

from __future__ import annotations

from typing import Protocol

from sre_agent.domain.action import ApprovalDecision


class DecisionStore(Protocol):
    async def decide(self, decision: ApprovalDecision) -> bool:
        """Record the first decision on a question; False when there is one already."""

    async def decision(self, question: str) -> ApprovalDecision | None: ...
