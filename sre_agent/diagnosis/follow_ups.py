"""What to ask next: the calls that would decide between the best hypotheses, as their classes say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sre_agent.diagnosis import names as naming
from sre_agent.diagnosis.evidence_set import EvidenceSet, question
from sre_agent.diagnosis.hypotheses import Draft
from sre_agent.diagnosis.texts import TextProblem, Texts
from sre_agent.domain.finding import EvidenceRequest

BEST = 4  # hypotheses that are worth a question


def follow_ups(
    ranked: Sequence[Draft], evidence_set: EvidenceSet, *, started_at: datetime | None, budget_left: int
) -> tuple[list[EvidenceRequest], list[str]]:
    """Questions of the best hypotheses, at most `budget_left`, none that was asked before in whatever window; and what
    is wrong with those that cannot be asked."""
    found: dict[bytes, EvidenceRequest] = {}
    faults: list[str] = []
    for place, draft in enumerate(ranked[:BEST]):
        values = naming.names(draft.view, draft.supporting, draft.kind, started_at=started_at, leads=place == 0)
        texts = Texts(draft.view, values)
        for entry in draft.kind.follow_up:
            try:
                if not texts.holds(entry):
                    continue
                arguments = texts.filled(entry.arguments)
            except TextProblem as problem:
                faults.append(draft.kind.fault(f"question {entry.tool}", problem))
                continue
            key = question(entry.tool, arguments)
            if key not in evidence_set.calls:
                request = EvidenceRequest(
                    agent=entry.agent, tool=entry.tool, arguments=arguments, decides=entry.decides
                )
                found.setdefault(key, request)
    return list(found.values())[: max(0, budget_left)], list(dict.fromkeys(faults))
