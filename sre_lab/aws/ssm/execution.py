"""One automation execution and its steps, as records and in the shapes of the API."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from sre_lab.aws.ssm.actions import LoopBodyWait
from sre_lab.aws.ssm.identifiers import new_id
from sre_lab.aws.ssm.parameters import ShownParameters, as_list, as_text
from sre_lab.aws.ssm.runbook import AutomationDocument
from sre_lab.aws.ssm.steps import RunbookStep
from sre_lab.world import World

TERMINAL = ("Success", "Failed", "TimedOut", "Cancelled", "Rejected")


@dataclass
class StepExecution:
    """A step of one execution: `Pending` until it is reached, and for ever when it never is."""

    step: RunbookStep
    id: str
    status: str = "Pending"
    started: float | None = None
    ended: float | None = None
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    failure: str = ""
    inside: dict[str, Any] = field(default_factory=dict)  # of a loop: ParentStepDetails

    def shape(self) -> dict[str, Any]:
        step = self.step
        shape: dict[str, Any] = {
            "StepName": step.name,
            "Action": step.action,
            "OnFailure": step.on_failure,
            "StepStatus": self.status,
            "StepExecutionId": self.id,
            "IsEnd": step.is_end,
            "IsCritical": step.is_critical,
            "Inputs": {k: as_text(v) for k, v in self.inputs.items()},
            "Outputs": {k: as_list(v) for k, v in self.outputs.items()},
        }
        optional = {
            "ExecutionStartTime": self.started,
            "ExecutionEndTime": self.ended,
            "NextStep": step.next_step or None,
            "TimeoutSeconds": step.timeout if isinstance(step.timeout, int) else None,
            "MaxAttempts": step.attempts if isinstance(step.attempts, int) else None,
            "FailureMessage": self.failure or None,
            "ResponseCode": "0" if self.status == "Success" else None,
            "ParentStepDetails": self.inside or None,
        }
        if self.failure:
            shape["FailureDetails"] = {"FailureStage": "Invocation", "FailureType": self.status, "Details": {}}
        return shape | {k: v for k, v in optional.items() if v is not None}


@dataclass
class Execution:
    """One run of a document; `parameters` are typed values, `parameters_shown` what the API shows of them."""

    id: str
    document: str
    version: str
    runbook: AutomationDocument
    parameters: dict[str, Any]
    parameters_shown: ShownParameters
    mode: str
    executed_by: str
    tags: dict[str, str]
    started: float
    steps: list[StepExecution]
    status: str = "Pending"
    ended: float | None = None
    current: StepExecution | None = None
    failure: str = ""
    variables: dict[str, Any] = field(default_factory=dict)
    parent: str = ""  # the execution that started this one
    alarm: dict[str, Any] = field(default_factory=dict)  # AlarmConfiguration
    triggered: dict[str, Any] = field(default_factory=dict)  # the alarm that stopped it

    def record(self, step: RunbookStep) -> StepExecution:
        return next(record for record in self.steps if record.step is step)

    def outputs(self) -> dict[str, Any]:
        """Every output of a finished step by `step.output`."""
        return {f"{r.step.name}.{name}": value for r in self.steps for name, value in r.outputs.items()}

    def iteration(self, world: World, loop: StepExecution, body: LoopBodyWait) -> Execution:
        """One turn of a loop, as an execution of the loop's steps; its records stand here too, behind the loop's."""
        inside: dict[str, Any] = {"StepExecutionId": loop.id, "StepName": loop.step.name}
        inside |= {"Action": loop.step.action, "Iteration": body.iteration}
        inside |= {"IteratorValue": as_text(body.value)} if body.value is not None else {}
        records = [StepExecution(step, new_id(world), inside=inside) for step in loop.step.body]
        ids = {loop.id} | {r.id for r in self.steps if r.inside.get("StepExecutionId") == loop.id}
        last = max(place for place, record in enumerate(self.steps) if record.id in ids)
        self.steps[last + 1 : last + 1] = records
        runbook = replace(self.runbook, steps=loop.step.body)
        return replace(self, runbook=runbook, mode="Auto", steps=records, status="Pending", current=None, failure="")

    def summary(self) -> dict[str, Any]:
        """AutomationExecutionMetadata, which the full shape extends."""
        outputs = self.outputs()
        summary: dict[str, Any] = {
            "AutomationExecutionId": self.id,
            "DocumentName": self.document,
            "DocumentVersion": self.version,
            "AutomationExecutionStatus": self.status,
            "ExecutionStartTime": self.started,
            "ExecutedBy": self.executed_by,
            "Mode": self.mode,
            "Outputs": {name: as_list(outputs[name]) for name in self.runbook.outputs if name in outputs},
            "Targets": [],
            "ResolvedTargets": {"ParameterValues": [], "Truncated": False},
        }
        if self.current and self.status not in TERMINAL:
            summary |= {"CurrentStepName": self.current.step.name, "CurrentAction": self.current.step.action}
        if self.parent:
            summary["ParentAutomationExecutionId"] = self.parent
        if self.ended is not None:
            summary["ExecutionEndTime"] = self.ended
        summary |= {"AlarmConfiguration": self.alarm} if self.alarm else {}
        summary |= {"TriggeredAlarms": [self.triggered]} if self.triggered else {}
        return summary | ({"FailureMessage": self.failure} if self.failure else {})

    def shape(self) -> dict[str, Any]:
        counts = {"SuccessSteps": "Success", "FailedSteps": "Failed", "CancelledSteps": "Cancelled"}
        counts["TimedOutSteps"] = "TimedOut"
        progress = {key: sum(s.status == status for s in self.steps) for key, status in counts.items()}
        return self.summary() | {
            "StepExecutions": [step.shape() for step in self.steps],
            "StepExecutionsTruncated": False,
            "Parameters": self.parameters_shown,
            "Variables": {name: as_list(value) for name, value in self.variables.items()},
            "ProgressCounters": {"TotalSteps": len(self.steps), **progress},
        }
