"""The first decision on each question; beside its incident stands which questions it had."""

from __future__ import annotations

from sre_agent.domain.action import ApprovalDecision
from sre_agent.store.dynamodb.attributes import Item, pack, put
from sre_agent.store.dynamodb.items import first_of
from sre_agent.store.dynamodb.parts import BODY, Part, body_of, in_a_thread, of_incident


class DecisionItems(Part):
    @in_a_thread
    def decide(self, decision: ApprovalDecision) -> bool:
        pk = f"decision#{decision.question}"
        body: Item = {"pk": pk, "sk": BODY, BODY: pack(decision.model_dump_json())}
        of: Item = {"pk": of_incident(decision.incident), "sk": pk, "elsewhere": pk}
        return first_of(self.items, body, put(of)) is None

    @in_a_thread
    def decision(self, question: str) -> ApprovalDecision | None:
        return body_of(ApprovalDecision, self.items.get(f"decision#{question}", BODY))
