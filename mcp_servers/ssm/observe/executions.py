"""From an Automation execution to plain data and facts. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.serving.windows import rfc3339

# Every other status, also one that does not exist yet, means that it is not over.
FINAL_STATES: Final = frozenset(
    {
        "Success",
        "TimedOut",
        "Cancelled",
        "Failed",
        "Rejected",
        "ChangeCalendarOverrideRejected",
        "CompletedWithSuccess",
        "CompletedWithFailure",
        "Exited",
    }
)
WAITING: Final = frozenset({"Waiting", "PendingApproval"})


def status(execution: Mapping[str, Any]) -> str:
    return str(execution.get("AutomationExecutionStatus", ""))


def has_ended(execution: Mapping[str, Any]) -> bool:
    return status(execution) in FINAL_STATES


def plain(execution: Mapping[str, Any]) -> dict[str, Any]:
    """The execution without its steps; empty fields are left out."""
    fields = {
        "execution_id": execution["AutomationExecutionId"],
        "document": execution.get("DocumentName", ""),
        "version": execution.get("DocumentVersion", ""),
        "status": status(execution),
        "started": _time(execution.get("ExecutionStartTime")),
        "ended_at": _time(execution.get("ExecutionEndTime")),
        "started_by": execution.get("ExecutedBy", ""),
        "current_step": execution.get("CurrentStepName", ""),
        "parameters": _values(execution.get("Parameters")),
        "outputs": _values(execution.get("Outputs")),
        "failure": excerpt(execution.get("FailureMessage") or ""),
        "stopped_by": stopping_alarm(execution),
    }
    return {key: value for key, value in fields.items() if value} | {"ended": has_ended(execution)}


def stopping_alarm(execution: Mapping[str, Any]) -> str:
    """The alarm that stopped it; empty where none did."""
    return next((str(alarm["Name"]) for alarm in execution.get("TriggeredAlarms") or []), "")


def step(executed: Mapping[str, Any]) -> dict[str, Any]:
    fields = {
        "name": executed.get("StepName", ""),
        "action": executed.get("Action", ""),
        "status": executed.get("StepStatus", ""),
        "started": _time(executed.get("ExecutionStartTime")),
        "ended_at": _time(executed.get("ExecutionEndTime")),
        "failure": excerpt(executed.get("FailureMessage") or ""),
        "outputs": _values(executed.get("Outputs")),
    }
    return {key: value for key, value in fields.items() if value}


def waiting_step(executed: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The step at which it waits for a person or a signal."""
    return next((s for s in executed if s.get("StepStatus") in WAITING), None)


def outputs(execution: Mapping[str, Any], executed: list[dict[str, Any]]) -> dict[str, list[str]]:
    """`Step.Output` -> values, as the run produced them."""
    values = {
        f"{s['StepName']}.{key}": [str(value) for value in values]
        for s in executed
        for key, values in (s.get("Outputs") or {}).items()
    }
    return values | {key: [str(v) for v in values] for key, values in (execution.get("Outputs") or {}).items()}


def observed(execution: Mapping[str, Any], scope: str) -> Observation:
    name = execution["AutomationExecutionId"]
    at = execution.get("ExecutionEndTime") if has_ended(execution) else execution.get("ExecutionStartTime")
    return Observation(
        code="automation.ended" if has_ended(execution) else "automation.under_way",
        subject=Subject(scope=scope, kind="Automation", name=name),
        at=at if isinstance(at, datetime) else None,
        attributes={"execution": name, "status": status(execution), **_results(execution)},
        excerpt=excerpt(execution.get("FailureMessage") or execution.get("DocumentName", "")),
    )


def _results(execution: Mapping[str, Any]) -> dict[str, Any]:
    """What an execution that has ended leaves: its document's outputs as `Step.Output=value`, the alarm it met."""
    outputs = [f"{name}={', '.join(values)}" for name, values in _values(execution.get("Outputs")).items()]
    fields = {"outputs": outputs, "stopped_by": stopping_alarm(execution)}
    return {key: value for key, value in fields.items() if value} if has_ended(execution) else {}


def _values(outputs: Mapping[str, list[Any]] | None) -> dict[str, list[str]]:
    """The first values of the first names, each short: a script may have written pages."""
    return {name: [excerpt(str(value)) for value in values[:5]] for name, values in list((outputs or {}).items())[:10]}


def _time(moment: Any) -> str:
    return rfc3339(moment) if isinstance(moment, datetime) else ""
