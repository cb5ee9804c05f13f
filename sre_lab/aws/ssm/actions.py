"""What a step does. Each action is a generator: it yields what it waits for and returns what it found.

An action that waits gives the clock back, so that nothing in the lab ever blocks; the engine resumes it. Here is what
all actions share; `registry` tells which there are.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from sre_lab.aws.ssm.selectors import SelectorError, select
from sre_lab.aws.ssm.state import Call
from sre_lab.aws.ssm.steps import RunbookStep

API_TAKES = 0.4  # seconds that one AWS call of a step takes
POLL_EVERY = 5.0  # seconds between two looks of a waiting step


class StepFailure(Exception):
    """The step has not succeeded; the message becomes its FailureMessage, the outputs stay with it."""

    def __init__(self, message: str, *, status: str = "Failed", outputs: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.outputs = outputs or {}


@dataclass(frozen=True)
class TimedWait:
    """Resume after so many seconds of the lab's clock."""

    seconds: float


@dataclass(frozen=True)
class ApprovalWait:
    """Resume with the next Approve or Reject signal."""


@dataclass(frozen=True)
class ResumeWait:
    """Resume with the Resume signal."""


@dataclass(frozen=True)
class LoopBodyWait:
    """Run the steps of this loop once; resume with how they `IterationResult`."""

    iteration: int  # from 1
    value: Any = None  # the present one of the loop's iterators


@dataclass(frozen=True)
class AutomationSignal:
    type: str
    approver: str
    comment: str = ""


@dataclass(frozen=True)
class IterationResult:
    """How one iteration of a loop ended, and the outputs of its steps as `step.output`."""

    status: str
    failure: str
    outputs: dict[str, Any]


@dataclass
class StepResult:
    """The step's outputs, typed, and the step that it chose as the next one, if it chooses."""

    outputs: dict[str, Any] = field(default_factory=dict)
    next_step: str = ""


@dataclass(frozen=True)
class StepContext:
    """What an action is given: its step, the inputs without references, access to AWS and the present.

    `render` replaces references by what they are now, `assign` sets a variable, `adopt` notes a child execution.
    """

    step: RunbookStep
    inputs: dict[str, Any]
    call: Call
    now: float
    render: Callable[[Any], Any]
    assign: Callable[[str, Any], None]
    adopt: Callable[[str], None]

    def text(self, name: str, default: str = "") -> str:
        """An input that is a text; empty inputs count as not given."""
        value = self.inputs.get(name)
        return default if value in (None, "") else str(value)

    def as_list(self, name: str) -> list[Any]:
        """An input that is a list, or one value in its place."""
        value = self.inputs.get(name)
        return value if isinstance(value, list) else [] if value in (None, "") else [value]

    def api_arguments(self, *names: str, **renames: str) -> dict[str, Any]:
        """The inputs that are given of those named; `renames` maps the API's name to the input's."""
        parameters = {**{name: name for name in names}, **renames}
        return {
            api: self.inputs[name] for api, name in parameters.items() if self.inputs.get(name) not in (None, "", [])
        }


Action = Generator[TimedWait | ApprovalWait | ResumeWait | LoopBodyWait, Any, StepResult]


def value_at(selector: str, answer: Any) -> Any:
    """What the selector finds, None if nothing; StepFailure if it cannot be read."""
    try:
        return select(selector, answer)
    except SelectorError as problem:
        raise StepFailure(str(problem)) from problem


def whole_number(name: str, value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as problem:
        raise StepFailure(f"{name} is a whole number, not {value!r}.") from problem
