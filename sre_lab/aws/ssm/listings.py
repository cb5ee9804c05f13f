"""The lists of executions and of steps, with their filters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sre_lab.aws.errors import AwsError
from sre_lab.aws.ssm.engine import runs
from sre_lab.aws.ssm.execution import Execution, StepExecution
from sre_lab.aws.ssm.pages import page
from sre_lab.clock import from_rfc3339
from sre_lab.world import World

Params = dict[str, Any]

EXECUTION_FILTERS: dict[str, Callable[[Execution, list[str]], bool]] = {
    "ExecutionId": lambda e, values: e.id in values,
    "DocumentNamePrefix": lambda e, values: e.document.startswith(tuple(values)),
    "ExecutionStatus": lambda e, values: e.status in values,
    "CurrentAction": lambda e, values: e.current is not None and e.current.step.action in values,
    "AutomationType": lambda e, values: "Local" in values,
    "TagKey": lambda e, values: any(key in values for key in e.tags),
    "StartTimeBefore": lambda e, values: e.started <= _moment(values),
    "StartTimeAfter": lambda e, values: e.started >= _moment(values),
}
STEP_FILTERS: dict[str, Callable[[StepExecution, list[str]], bool]] = {
    "StepExecutionId": lambda s, values: s.id in values,
    "StepName": lambda s, values: s.step.name in values,
    "StepExecutionStatus": lambda s, values: s.status in values,
    "Action": lambda s, values: s.step.action in values,
    "StartTimeBefore": lambda s, values: s.started is not None and s.started <= _moment(values),
    "StartTimeAfter": lambda s, values: s.started is not None and s.started >= _moment(values),
}


def executions(world: World, params: Params) -> Params:
    """Newest first."""
    executions = [run.execution for run in runs(world).by_id.values()]
    for key, values in _filters(params, EXECUTION_FILTERS):
        executions = [e for e in executions if EXECUTION_FILTERS[key](e, values)]
    executions.sort(key=lambda e: -e.started)
    shapes = [e.summary() | {"AutomationType": "Local"} for e in executions]
    return page(shapes, params, "AutomationExecutionMetadataList")


def steps(world: World, params: Params) -> Params:
    run = runs(world).by_id.get(params["AutomationExecutionId"])
    if run is None:
        message = f"There is no automation execution {params['AutomationExecutionId']}."
        raise AwsError("AutomationExecutionNotFoundException", message)
    steps = list(run.execution.steps)
    for key, values in _filters(params, STEP_FILTERS):
        steps = [s for s in steps if STEP_FILTERS[key](s, values)]
    if params.get("ReverseOrder"):
        steps.reverse()
    return page([s.shape() for s in steps], params, "StepExecutions")


def _filters(params: Params, known_filters: dict[str, Any]) -> list[tuple[str, list[str]]]:
    filters = [(f["Key"], list(f["Values"])) for f in params.get("Filters") or []]
    for key, _ in filters:
        if key not in known_filters:
            raise AwsError("InvalidFilterKey", f"{key} is no filter here. Filters: {', '.join(known_filters)}.")
    return filters


def _moment(values: list[str]) -> float:
    try:
        return from_rfc3339(values[0])
    except (ValueError, IndexError) as problem:
        raise AwsError("InvalidFilterValue", f"A start time is an ISO 8601 time, not {values!r}.") from problem
