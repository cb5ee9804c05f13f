"""What a run has come to: its plan, the questions it has open, and how it ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from pydantic import Field, model_validator

from sre_agent.domain.action import Action, RejectedRemedy, SignOff, SkippedRemedy
from sre_agent.domain.base import Noun, renamed
from sre_agent.domain.git_change import GitChange
from sre_agent.domain.incident import Reason, Status
from sre_agent.domain.report import Offer
from sre_agent.domain.verification import FailedRemedy

REMEDIATED: Final = frozenset[Reason]({"fixed", "recovered", "no_fault"})


class Outcome(Noun):
    """How a run ends."""

    status: Status
    reason: Reason

    @classmethod
    def of(cls, reason: Reason) -> Outcome:
        """The outcome with the status that follows from the reason."""
        status: Status = "remediated" if reason in REMEDIATED else "answered" if reason == "answered" else "escalated"
        return cls(status=status, reason=reason)


class Denial(Noun):
    """A remedy that no policy lets pass, and why."""

    purpose: str
    reason: str


class RemediationPlan(Noun):
    """What is to be done next, and what became of the other remedies.

    `action` is None where nothing is to be done; while `undo_of` is undone, `action` is the undo. `skipped` says which
    remedies were not taken and why, `denials` which of them no policy let pass, `rejections` which a person turned
    down. `attempts` are the keys of options, one for each preview, `mended` the keys of causes that are done with,
    `failed` the remedies that did not heal. `offers` is what could be done, of a run that only looks; None of any
    other. `git_changes` are remedies of what is declared elsewhere, which were proposed there instead;
    `refused_in_rehearsal` those that were neither written nor asked about, for what a copy of the namespace showed.
    """

    action: Action | None = None
    undo_of: Action | None = None
    skipped: list[SkippedRemedy] = Field(default_factory=list)
    attempts: list[str] = Field(default_factory=list)
    mended: list[str] = Field(default_factory=list)
    denials: list[Denial] = Field(default_factory=list)
    failed: list[FailedRemedy] = Field(default_factory=list)
    rejections: list[RejectedRemedy] = Field(default_factory=list)
    offers: list[Offer] | None = None
    git_changes: list[GitChange] = Field(default_factory=list)
    refused_in_rehearsal: list[SkippedRemedy] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _of_older_versions(cls, value: Any) -> Any:
        return renamed(value, {"tried": "attempts", "denied": "denials"})

    @property
    def proposal(self) -> Action | None:
        """What was to be done for the cause: where it is being undone, that which is undone; where nothing is left to
        do, what was done last and did not heal."""
        last = self.failed[-1].action if self.failed else None
        return (self.undo_of or self.action) if self.action else last


class ApprovalQuestion(Noun):
    """A question to a human that the run stands at. `number` counts them; a run of before knows no `asked_at`.

    `action` is what was shown, `changes` what differs from the question before, `expectations` what has to be seen
    afterwards. `approvals` are needed, `sign_offs` were given before; `refused_edit` says why the last edit was not
    taken.
    """

    id: str
    number: int = 1
    action_digest: str
    asked_at: datetime | None = None
    expires_at: datetime
    action: Action | None = None
    changes: list[str] = Field(default_factory=list)
    expectations: list[str] = Field(default_factory=list)
    approvals: int = 1
    sign_offs: list[SignOff] = Field(default_factory=list)
    refused_edit: str = ""


class RoutedQuestion(Noun):
    """A question that a chat model sent to a specialist in a round; a run of before knows no `at`."""

    specialist: str
    question: str
    round: int
    at: datetime | None = None
