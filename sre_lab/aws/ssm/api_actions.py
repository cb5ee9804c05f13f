"""The actions that make one AWS call of the author's choice: execute it, assert its answer, wait for an answer."""

from __future__ import annotations

from typing import Any

from sre_lab.aws.ssm.actions import (
    API_TAKES,
    POLL_EVERY,
    Action,
    StepContext,
    StepFailure,
    StepResult,
    TimedWait,
    value_at,
)
from sre_lab.aws.ssm.parameters import as_text
from sre_lab.aws.ssm.steps import StepOutput

OF_THE_ACTION = ("Service", "Api", "PropertySelector", "DesiredValues")  # every other input is the call's
TYPES = {"Integer": int, "Boolean": bool, "StringList": list, "MapList": list, "StringMap": dict}


def execute_aws_api(doing: StepContext) -> Action:
    yield TimedWait(API_TAKES)
    answer = _call(doing)
    return StepResult({output.name: _select(output, answer) for output in doing.step.outputs})


def assert_property(doing: StepContext) -> Action:
    yield TimedWait(API_TAKES)
    value, desired = _property(doing)
    if value not in desired:
        raise StepFailure(f"{doing.inputs.get('PropertySelector')} is {value!r}, asserted: {' or '.join(desired)}.")
    return StepResult()


def wait_for_property(doing: StepContext) -> Action:
    yield TimedWait(API_TAKES)
    while True:
        value, desired = _property(doing)
        if value in desired:
            return StepResult()
        yield TimedWait(POLL_EVERY)


def _call(doing: StepContext) -> dict[str, Any]:
    arguments = {name: value for name, value in doing.inputs.items() if name not in OF_THE_ACTION}
    return doing.call(doing.text("Service"), doing.text("Api"), arguments)


def _property(doing: StepContext) -> tuple[str, list[str]]:
    value = value_at(doing.text("PropertySelector", "$"), _call(doing))
    return _comparable(value), [_comparable(v) for v in doing.as_list("DesiredValues")]


def _comparable(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else as_text(value)


def _select(output: StepOutput, answer: dict[str, Any]) -> Any:
    value = value_at(output.selector, answer)
    if value is None:
        raise StepFailure(f"Output {output.name}: {output.selector} finds nothing in the answer.")
    type_ = TYPES.get(output.type)
    if type_ is None:
        return as_text(value)
    if not isinstance(value, type_) or (type_ is int and isinstance(value, bool)):
        raise StepFailure(f"Output {output.name} is declared as {output.type}, and {output.selector} is {value!r}.")
    return value
