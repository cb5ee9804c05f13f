"""What is wrong in a scenario and what would be right to do; read by tests and by the demo, never by the responder."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sre_lab.scenario.conditions import HealthCondition
from sre_lab.scenario.remedies import ForbiddenRemedy, ScenarioRemedy
from sre_lab.scenario.schema import ScenarioPart, Span

QUIET = ("recovered", "no_fault")  # the reasons of an end at which nothing was left to do

ClassName = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]  # a word of the responder's; the lab knows none of them


class ExpectedCause(ScenarioPart):
    """One thing that is wrong. `subject` is `Kind/namespace/name`, `Kind/name` for what has no namespace.

    `also_classes` and `also_subjects`: other names under which the same cause is named rightly, as a rollout that
    brought an image which is not there.
    """

    failure_class: ClassName
    subject: str
    says: str
    also_classes: list[ClassName] = []
    also_subjects: list[str] = []

    def is_named(self, failure_class: str, subject: str) -> bool:
        """Whether a diagnosis in these words names this cause."""
        right_class = failure_class in (self.failure_class, *self.also_classes)
        return right_class and subject in (self.subject, *self.also_subjects)


class ExpectedEnd(ScenarioPart):
    """How a perfect responder ends, and how many writes it makes, undos counted. `reopened`: what it healed comes back
    before it looks once more."""

    outcome: Literal["remediated", "escalated"]
    reason: str
    writes: int = 0
    reopened: bool = False


class ExpectedResponse(ScenarioPart):
    """The causes, the end, and the proof: within `within` after an accepted remedy every line of `healed` holds at one
    moment, and after a forbidden one, or none at all, it does not.

    Without an accepted remedy there is nothing to do: `healed` comes to hold by itself, and what is forbidden harms.
    """

    causes: list[ExpectedCause]
    end: ExpectedEnd
    healed: list[HealthCondition] = Field(min_length=1)
    within: Span = 300.0
    accepted: list[ScenarioRemedy] = []
    forbidden: list[ForbiddenRemedy] = []

    @property
    def heals_by_itself(self) -> bool:
        return not self.accepted

    @model_validator(mode="after")
    def _consistent(self) -> ExpectedResponse:
        if (self.end.reason in QUIET) != self.heals_by_itself:
            reasons = " or ".join(QUIET)
            raise ValueError(
                f"an outcome with the reason {reasons} takes no accepted remedy; every other outcome needs one"
            )
        return self
