"""An open approval question as a person has to see it to answer it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from sre_agent.domain.action import Action, Choice, SignOff
from sre_agent.domain.base import IncidentId, Noun
from sre_agent.domain.diagnosis import Diagnosis, Hypothesis
from sre_agent.domain.past_incident import SeenBefore


class ApprovalAnswer(Noun):
    """What a person answers to an approval question: `comment` says why, `arguments` are the new values of an edit.

    `action_digest` names the action that was shown; empty: whichever the question is about.
    """

    choice: Choice
    comment: str = ""
    arguments: dict[str, Any] = Field(default_factory=dict)
    action_digest: str = ""


class Question(Noun):
    """`evidence` are sentences about what weighs most for the cause, strongest first, after one that says so where the
    alarm is over. `changes` say what is different since the question before, `expectations` what has to be seen
    once it is done, `undo` what takes it back (empty: nothing can). `approvals` are needed, `sign_offs` given already.
    `action_digest` and `diff_digest` name what an answer is about. `seen_before` are past incidents like this one.
    `until` is when the question expires; None where nobody knows."""

    incident: IncidentId
    title: str
    action: Action
    diagnosis: Diagnosis | None = None
    evidence: list[str] = Field(default_factory=list)
    changes: list[str] = Field(default_factory=list)
    expectations: list[str] = Field(default_factory=list)
    undo: str = ""
    approvals: int = 1
    sign_offs: list[SignOff] = Field(default_factory=list)
    action_digest: str = ""
    diff_digest: str = ""
    seen_before: list[SeenBefore] = Field(default_factory=list)
    until: datetime | None = None

    @property
    def cause(self) -> Hypothesis | None:
        """The hypothesis that the action is about."""
        if self.diagnosis is None:
            return None
        about = (one for one in self.diagnosis.to_mend if one.key == self.action.cause)
        return next(about, self.diagnosis.leading)
