"""A document laid out before anything runs: its steps in order, where each leads, what each would do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sre_lab.aws.ssm.impact import Find, destroys, impact, nowhere
from sre_lab.aws.ssm.registry import ACTIONS
from sre_lab.aws.ssm.runbook import AutomationDocument, load, parse
from sre_lab.aws.ssm.steps import RunbookStep, successors


@dataclass(frozen=True)
class PlannedStep:
    """`next` when it succeeds, `on_failure` and `on_cancel` as Abort, Continue or the name of a step ('' is Abort)."""

    name: str
    action: str
    next: tuple[str, ...]
    on_failure: str
    on_cancel: str
    critical: bool
    impact: str  # Mutating | NonMutating | Undetermined
    destructive: bool
    runs: bool  # the lab runs this action
    body: tuple[PlannedStep, ...] = ()


@dataclass(frozen=True)
class RunbookPlan:
    steps: tuple[PlannedStep, ...]

    @property
    def kind(self) -> str:
        """read-only | undetermined | mutating | destructive: the gravest that a step may do."""
        if any(step.destructive for step in self.steps):
            return "destructive"
        impacts = {step.impact for step in self.steps}
        return "mutating" if "Mutating" in impacts else "undetermined" if "Undetermined" in impacts else "read-only"

    @property
    def unsupported_steps(self) -> tuple[PlannedStep, ...]:
        """The steps because of which the lab would not start the document."""
        return tuple(step for step in _every(self.steps) if not step.runs)


def plan(document: str | AutomationDocument, values: dict[str, Any] | None = None, find: Find = nowhere) -> RunbookPlan:
    """The plan of a document, given as text (JSON or YAML) or parsed. InvalidDocumentContent if it has no good form.

    `values` are parameters as far as they are known, defaults hold for the others; `find` answers other documents.
    """
    runbook = document if isinstance(document, AutomationDocument) else parse(load(document))
    known_values = {p.name: p.default for p in runbook.parameters if not p.required} | (values or {})
    return RunbookPlan(_plan_steps(runbook.steps, known_values, find))


def _plan_steps(steps: tuple[RunbookStep, ...], values: dict[str, Any], find: Find) -> tuple[PlannedStep, ...]:
    return tuple(
        PlannedStep(
            name=step.name,
            action=step.action,
            next=tuple(successors(steps, step)),
            on_failure=step.on_failure.removeprefix("step:"),
            on_cancel=step.on_cancel.removeprefix("step:"),
            critical=step.is_critical,
            impact=impact(step, values, find),
            destructive=destroys(step, values, find),
            runs=step.action in ACTIONS,
            body=_plan_steps(step.body, values, find),
        )
        for step in steps
    )


def _every(steps: tuple[PlannedStep, ...]) -> list[PlannedStep]:
    return [inner for step in steps for inner in (step, *_every(step.body))]
