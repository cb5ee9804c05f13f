"""The actions that only direct an execution: branch, wait, ask a human, remember, repeat. None of them calls AWS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sre_lab.aws.ssm.actions import (
    Action,
    ApprovalWait,
    IterationResult,
    LoopBodyWait,
    ResumeWait,
    StepContext,
    StepFailure,
    StepResult,
    TimedWait,
    whole_number,
)
from sre_lab.aws.ssm.choices import ChoiceError, holds
from sre_lab.aws.ssm.interpolation import UnknownReferenceError

MOST_ITERATIONS = 100  # of any loop
DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


def branch(doing: StepContext) -> Action:
    yield TimedWait(0.05)
    for choice in doing.inputs.get("Choices") or []:
        if _decide({k: v for k, v in choice.items() if k != "NextStep"}):
            return StepResult(next_step=str(choice.get("NextStep", "")))
    return StepResult(next_step=doing.text("Default"))


def approve(doing: StepContext) -> Action:
    needed = whole_number("MinRequiredApprovals", doing.inputs.get("MinRequiredApprovals", 1))
    decisions: list[dict[str, str]] = []
    while len(decisions) < needed:
        signal = yield ApprovalWait()
        if signal is None:
            continue
        decisions.append({"approver": signal.approver, "decision": signal.type, "comment": signal.comment})
        if signal.type == "Reject":
            reason = f": {signal.comment}" if signal.comment else "."
            outputs = {"ApprovalStatus": "Rejected", "ApproverDecisions": decisions}
            raise StepFailure(f"The approval was rejected by {signal.approver}{reason}", outputs=outputs)
    return StepResult({"ApprovalStatus": "Approved", "ApproverDecisions": decisions})


def sleep(doing: StepContext) -> Action:
    yield TimedWait(_span(doing))
    return StepResult()


def pause(_: StepContext) -> Action:
    yield ResumeWait()
    return StepResult()


def update_variable(doing: StepContext) -> Action:
    yield TimedWait(0.05)
    doing.assign(doing.text("Name").removeprefix("variable:"), doing.inputs.get("Value"))
    return StepResult()


def loop(doing: StepContext) -> Action:
    """For each of the Iterators, or once and again while the LoopCondition holds."""
    results: list[dict[str, Any]] = []
    condition = doing.step.inputs.get("LoopCondition")
    broke = "MaxIterationsReached" if condition else "IteratorsExhausted"
    for iteration, value in _iterations(doing):
        iteration_result: IterationResult = yield LoopBodyWait(iteration, value)
        if iteration_result.status != "Success":
            outputs = {
                "AggregatedResults": results,
                "BreakCondition": "StepFailure",
                "BreakMessage": iteration_result.failure,
            }
            raise StepFailure(
                f"Iteration {iteration}: {iteration_result.failure}", status=iteration_result.status, outputs=outputs
            )
        results.append(iteration_result.outputs)
        if condition and not _again(doing, condition):
            broke = "LoopConditionFalse"
            break
    message = f"The loop ended after {len(results)} iterations."
    return StepResult({"AggregatedResults": results, "BreakCondition": broke, "BreakMessage": message})


def _iterations(doing: StepContext) -> Iterator[tuple[int, Any]]:
    if "LoopCondition" in doing.step.inputs:
        limit = whole_number("MaxIterations", doing.inputs.get("MaxIterations", MOST_ITERATIONS))
        yield from ((number, None) for number in range(1, min(limit, MOST_ITERATIONS) + 1))
        return
    items = doing.as_list("Iterators")
    if len(items) > MOST_ITERATIONS:
        raise StepFailure(f"A loop takes at most {MOST_ITERATIONS} iterators, not {len(items)}.")
    yield from enumerate(items, start=1)


def _again(doing: StepContext, condition: Any) -> bool:
    try:
        return _decide(doing.render(condition))
    except UnknownReferenceError as problem:
        raise StepFailure(str(problem)) from problem


def _decide(condition: Any) -> bool:
    try:
        return holds(condition)
    except ChoiceError as problem:
        raise StepFailure(str(problem)) from problem


def _span(doing: StepContext) -> float:
    if "Timestamp" in doing.inputs:
        try:
            when = datetime.fromisoformat(doing.text("Timestamp").replace("Z", "+00:00")).timestamp()
        except ValueError as problem:
            raise StepFailure(f"The Timestamp {doing.inputs['Timestamp']!r} is not an ISO 8601 time.") from problem
        return max(0.0, when - doing.now)
    text = doing.text("Duration")
    match = DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        raise StepFailure(f"The Duration {text!r} is not an ISO 8601 duration such as PT30S.")
    days, hours, minutes, rest = (float(part or 0) for part in match.groups())
    return days * 86_400 + hours * 3_600 + minutes * 60 + rest
