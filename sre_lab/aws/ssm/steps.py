"""The steps of an Automation document: what each does, and where it may lead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sre_lab.aws.errors import AwsError

WEEK = 604_800
LOOP = "aws:loop"
POLLING = (  # they look until something is as wanted, so they need an end of their own
    *("aws:changeInstanceState", "aws:copyImage", "aws:createImage", "aws:createStack", "aws:deleteStack"),
    *("aws:executeAutomation", "aws:runCommand", "aws:runInstances", "aws:waitForAwsResourceProperty"),
)
DEFAULT_TIMEOUTS = {"aws:approve": WEEK, **dict.fromkeys(POLLING, 3_600)}


@dataclass(frozen=True)
class StepOutput:
    name: str
    selector: str
    type: str = "String"


@dataclass(frozen=True)
class RunbookStep:
    """One step; `inputs`, `timeout` and `attempts` may still hold {{ references }}. `body` are the steps of a loop."""

    name: str
    action: str
    inputs: dict[str, Any]
    outputs: tuple[StepOutput, ...] = ()
    next_step: str = ""
    is_end: bool = False
    on_failure: str = "Abort"
    on_cancel: str = ""
    is_critical: bool = True
    timeout: Any = None
    attempts: Any = 1
    body: tuple[RunbookStep, ...] = ()


def read_steps(raw_steps: list[Any]) -> tuple[RunbookStep, ...]:
    """The steps of a document or a loop; InvalidDocumentContent names the step that is wrong."""
    steps = tuple(_step(raw) for raw in raw_steps)
    names = [step.name for step in steps]
    for step in steps:
        if names.count(step.name) > 1:
            raise AwsError("InvalidDocumentContent", f"Two steps are called {step.name!r}.")
        for target in (*branch_targets(step), step.next_step, *rescues(step)):
            if target and target not in names and "{{" not in target:
                raise AwsError("InvalidDocumentContent", f"Step {step.name!r} goes to {target!r}, which is no step.")
    return steps


def every(steps: tuple[RunbookStep, ...]) -> Iterator[RunbookStep]:
    """The steps and those inside of loops."""
    for step in steps:
        yield step
        yield from every(step.body)


def branch_targets(step: RunbookStep) -> list[str]:
    """The steps that a branch can go to."""
    if step.action != "aws:branch":
        return []
    targets = [str(c["NextStep"]) for c in step.inputs.get("Choices") or [] if "NextStep" in c]
    return targets + ([str(step.inputs["Default"])] if step.inputs.get("Default") else [])


def rescues(step: RunbookStep) -> list[str]:
    """The steps that follow when this one fails or is cancelled."""
    return [rule.removeprefix("step:") for rule in (step.on_failure, step.on_cancel) if rule.startswith("step:")]


def successors(steps: tuple[RunbookStep, ...], step: RunbookStep) -> list[str]:
    """The steps that can follow when this one succeeds, in the order in which they are named; none at an end."""
    next_steps = list(dict.fromkeys(branch_targets(step)))
    if step.action == "aws:branch" and step.inputs.get("Default"):
        return next_steps
    if step.is_end:
        return next_steps
    follower = step.next_step
    if not follower:
        place = steps.index(step) + 1
        follower = steps[place].name if place < len(steps) else ""
    return list(dict.fromkeys([*next_steps, *([follower] if follower else [])]))


def _step(raw: Any) -> RunbookStep:
    if not isinstance(raw, dict) or not raw.get("name") or not raw.get("action"):
        raise AwsError("InvalidDocumentContent", f"Each of the mainSteps has a name and an action: {raw!r}")
    action, inputs = str(raw["action"]), raw.get("inputs") or {}
    choices = (inputs.get("Choices") or []) if isinstance(inputs, dict) else None
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        raise AwsError("InvalidDocumentContent", f"The inputs of step {raw['name']!r} have no valid form: {inputs!r}")
    on_failure = str(raw.get("onFailure", "Abort"))
    return RunbookStep(
        name=str(raw["name"]),
        action=action,
        inputs={str(key): value for key, value in inputs.items()},
        outputs=_outputs(raw),
        next_step=str(raw.get("nextStep") or ""),
        is_end=truth(raw.get("isEnd", False)),
        on_failure=on_failure,
        on_cancel=str(raw.get("onCancel", "")),
        is_critical=truth(raw.get("isCritical", on_failure != "Continue")),
        timeout=raw.get("timeoutSeconds", DEFAULT_TIMEOUTS.get(action)),
        attempts=raw.get("maxAttempts", 1),
        body=_body(str(raw["name"]), inputs) if action == LOOP else (),
    )


def _outputs(raw: dict[str, Any]) -> tuple[StepOutput, ...]:
    return tuple(
        StepOutput(str(o["Name"]), str(o.get("Selector", "$")), str(o.get("Type", "String")))
        for o in raw.get("outputs") or []
        if isinstance(o, dict) and "Name" in o
    )


def _body(name: str, inputs: dict[str, Any]) -> tuple[RunbookStep, ...]:
    steps = inputs.get("Steps")
    if not isinstance(steps, list) or not steps:
        raise AwsError("InvalidDocumentContent", f"The loop {name!r} has a list of Steps.")
    if ("Iterators" in inputs) == ("LoopCondition" in inputs):
        raise AwsError("InvalidDocumentContent", f"The loop {name!r} has either Iterators or a LoopCondition.")
    return read_steps(steps)


def truth(value: Any) -> bool:
    return str(value).lower() == "true"
