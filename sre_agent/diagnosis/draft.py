"""A failure class on one subject while it is weighed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.diagnosis.evidence_set import ObservedFact
from sre_agent.diagnosis.view import SubjectView
from sre_agent.domain.diagnosis import Term
from sre_agent.failures import FailureClass

BELIEVED: Final = 40  # a decisive fact, or several lesser ones


@dataclass(frozen=True)
class Draft:
    """A hypothesis being weighed. `supporting` are the facts behind the terms in its favour; `unrelated` says that
    nothing about the focus itself points at it, `only_configured` that nothing but its configuration does."""

    kind: FailureClass
    view: SubjectView
    terms: tuple[Term, ...]
    supporting: tuple[ObservedFact, ...]
    decisive: bool
    current: bool
    since: datetime | None
    impossible: str = ""
    unrelated: bool = False
    only_configured: bool = False
    explained_by: Draft | None = field(default=None, compare=False)

    @property
    def subject(self) -> Subject:
        return self.view.subject

    @property
    def score(self) -> int:
        return sum(term.weight for term in self.terms)

    @property
    def is_credible(self) -> bool:
        return not self.impossible and self.score >= BELIEVED
