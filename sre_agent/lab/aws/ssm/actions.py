"""What a step does. Each action is a generator: it yields what it waits for and returns what it found.

An action that waits gives the clock back, so that nothing in the lab ever blocks; the engine resumes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sre_agent.lab.aws.ssm.choices import ChoiceError, holds
from sre_agent.lab.aws.ssm.parameters import as_text
from sre_agent.lab.aws.ssm.runbook import Output, Step
from sre_agent.lab.aws.ssm.selectors import SelectorError, select
from sre_agent.lab.aws.ssm.state import Call

API_TAKES = 0.4  # seconds that one AWS call of a step takes
POLL_EVERY = 5.0  # seconds between two looks of a waiting step
DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
TYPES = {"Integer": int, "Boolean": bool, "StringList": list, "MapList": list, "StringMap": dict}


class StepFailure(Exception):
    """The step has failed; the message becomes its FailureMessage."""


@dataclass(frozen=True)
class Pause:
    """Resume after so many seconds of the lab's clock."""

    seconds: float


@dataclass(frozen=True)
class ForApproval:
    """Resume with the next Approve or Reject signal."""


@dataclass(frozen=True)
class Signal:
    type: str
    approver: str
    comment: str = ""


@dataclass
class Done:
    """The step's outputs, typed, and the step that it chose as the next one, if it chooses."""

    outputs: dict[str, Any] = field(default_factory=dict)
    next_step: str = ""


@dataclass(frozen=True)
class Doing:
    """What an action is given: its step, the inputs without references, the door to AWS and the present."""

    step: Step
    inputs: dict[str, Any]
    call: Call
    now: float


Action = Generator[Pause | ForApproval, Signal | None, Done]


def execute_aws_api(doing: Doing) -> Action:
    yield Pause(API_TAKES)
    answer = _call(doing)
    return Done({output.name: _selected(output, answer) for output in doing.step.outputs})


def branch(doing: Doing) -> Action:
    yield Pause(0.05)
    try:
        for choice in doing.inputs.get("Choices") or []:
            if holds({k: v for k, v in choice.items() if k != "NextStep"}):
                return Done(next_step=str(choice.get("NextStep", "")))
    except ChoiceError as problem:
        raise StepFailure(str(problem)) from problem
    return Done(next_step=str(doing.inputs.get("Default", "") or ""))


def approve(doing: Doing) -> Action:
    needed = whole_number("MinRequiredApprovals", doing.inputs.get("MinRequiredApprovals", 1))
    decisions: list[dict[str, str]] = []
    while len(decisions) < needed:
        signal = yield ForApproval()
        if signal is None:
            continue
        decisions.append({"approver": signal.approver, "decision": signal.type, "comment": signal.comment})
        if signal.type == "Reject":
            reason = f": {signal.comment}" if signal.comment else "."
            raise StepFailure(f"The approval was rejected by {signal.approver}{reason}")
    return Done({"ApprovalStatus": "Approved", "ApproverDecisions": decisions})


def sleep(doing: Doing) -> Action:
    yield Pause(_span(doing))
    return Done()


def assert_property(doing: Doing) -> Action:
    yield Pause(API_TAKES)
    value, desired = _property(doing)
    if value not in desired:
        raise StepFailure(f"{doing.inputs.get('PropertySelector')} is {value!r}, asserted: {' or '.join(desired)}.")
    return Done()


def wait_for_property(doing: Doing) -> Action:
    yield Pause(API_TAKES)
    while True:
        value, desired = _property(doing)
        if value in desired:
            return Done()
        yield Pause(POLL_EVERY)


ACTIONS: dict[str, Callable[[Doing], Action]] = {
    "aws:approve": approve,
    "aws:assertAwsResourceProperty": assert_property,
    "aws:branch": branch,
    "aws:executeAwsApi": execute_aws_api,
    "aws:sleep": sleep,
    "aws:waitForAwsResourceProperty": wait_for_property,
}


def whole_number(name: str, value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as problem:
        raise StepFailure(f"{name} is a whole number, not {value!r}.") from problem


def _call(doing: Doing) -> dict[str, Any]:
    arguments = {
        k: v for k, v in doing.inputs.items() if k not in ("Service", "Api", "PropertySelector", "DesiredValues")
    }
    return doing.call(str(doing.inputs.get("Service", "")), str(doing.inputs.get("Api", "")), arguments)


def _property(doing: Doing) -> tuple[str, list[str]]:
    try:
        value = select(str(doing.inputs.get("PropertySelector", "$")), _call(doing))
    except SelectorError as problem:
        raise StepFailure(str(problem)) from problem
    desired = doing.inputs.get("DesiredValues") or []
    return _comparable(value), [_comparable(v) for v in (desired if isinstance(desired, list) else [desired])]


def _comparable(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else as_text(value)


def _selected(output: Output, answer: dict[str, Any]) -> Any:
    try:
        value = select(output.selector, answer)
    except SelectorError as problem:
        raise StepFailure(str(problem)) from problem
    if value is None:
        raise StepFailure(f"Output {output.name}: {output.selector} finds nothing in the answer.")
    wanted = TYPES.get(output.type)
    if wanted is None:
        return as_text(value)
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise StepFailure(f"Output {output.name} is declared as {output.type}, and {output.selector} is {value!r}.")
    return value


def _span(doing: Doing) -> float:
    if "Timestamp" in doing.inputs:
        try:
            when = datetime.fromisoformat(str(doing.inputs["Timestamp"]).replace("Z", "+00:00")).timestamp()
        except ValueError as problem:
            raise StepFailure(f"The Timestamp {doing.inputs['Timestamp']!r} is not an ISO 8601 time.") from problem
        return max(0.0, when - doing.now)
    text = str(doing.inputs.get("Duration", ""))
    found = DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        raise StepFailure(f"The Duration {text!r} is not an ISO 8601 duration such as PT30S.")
    days, hours, minutes, rest = (float(part or 0) for part in found.groups())
    return days * 86_400 + hours * 3_600 + minutes * 60 + rest
