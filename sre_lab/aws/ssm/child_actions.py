"""The action that starts another automation and ends as that one ends."""

from __future__ import annotations

from typing import Any

from sre_lab.aws.ssm.actions import API_TAKES, POLL_EVERY, Action, StepContext, StepFailure, StepResult, TimedWait
from sre_lab.aws.ssm.parameters import as_list

ENDS = ("Success", "Failed", "TimedOut", "Cancelled", "Rejected")


def execute_automation(doing: StepContext) -> Action:
    """A child that still runs when this step is left (timeout, cancellation) is stopped."""
    parameters = doing.inputs.get("RuntimeParameters") or {}
    arguments = doing.api_arguments("DocumentName", "DocumentVersion", "MaxConcurrency", "MaxErrors")
    arguments |= {"Parameters": {name: as_list(value) for name, value in parameters.items()}} if parameters else {}
    yield TimedWait(API_TAKES)
    child = str(doing.call("ssm", "StartAutomationExecution", arguments).get("AutomationExecutionId", ""))
    doing.adopt(child)
    try:
        while True:
            yield TimedWait(POLL_EVERY)
            answer = doing.call("ssm", "GetAutomationExecution", {"AutomationExecutionId": child})
            execution = answer.get("AutomationExecution") or {}
            status = str(execution.get("AutomationExecutionStatus", ""))
            if status in ENDS:
                break
    except GeneratorExit:
        _stop(doing, child)
        raise
    outputs: dict[str, Any] = {"ExecutionId": child, "Status": status}
    outputs["Output"] = [value for values in (execution.get("Outputs") or {}).values() for value in as_list(values)]
    if status != "Success":
        failure = execution.get("FailureMessage") or status
        final_status = status if status in ("TimedOut", "Cancelled") else "Failed"
        raise StepFailure(
            f"Execution {child} of {arguments.get('DocumentName')}: {failure}", status=final_status, outputs=outputs
        )
    return StepResult(outputs)


def _stop(doing: StepContext, child: str) -> None:
    try:
        doing.call("ssm", "StopAutomationExecution", {"AutomationExecutionId": child, "Type": "Cancel"})
    except StepFailure:
        return  # it has ended in the meantime
