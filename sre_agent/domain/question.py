"""An open approval question as a person has to see it to answer it."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from sre_agent.domain.action import Action
from sre_agent.domain.base import IncidentId, Noun
from sre_agent.domain.diagnosis import Diagnosis, Hypothesis


class Question(Noun):
    """`evidence` are sentences about what weighs most for the cause, strongest first, after one that says so where the
    alarm is over. `until` is when the question expires; None where nobody knows."""

    incident: IncidentId
    title: str
    action: Action
    diagnosis: Diagnosis | None = None
    evidence: list[str] = Field(default_factory=list)
    until: datetime | None = None

    @property
    def cause(self) -> Hypothesis | None:
        """The hypothesis that the action is about."""
        if self.diagnosis is None:
            return None
        about = (one for one in self.diagnosis.to_mend if one.key == self.action.cause)
        return next(about, self.diagnosis.leading)
