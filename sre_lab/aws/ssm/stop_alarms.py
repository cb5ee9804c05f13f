"""The CloudWatch alarm that stops an execution: looked at until the execution has ended."""

from __future__ import annotations

from typing import Any, Final

from sre_lab.aws.errors import AwsError
from sre_lab.aws.ssm.actions import StepFailure
from sre_lab.aws.ssm.engine import AutomationRun
from sre_lab.aws.ssm.execution import TERMINAL
from sre_lab.aws.ssm.state import of
from sre_lab.world import World

EVERY: Final = 5.0  # seconds between two looks


def name_of(configuration: dict[str, Any]) -> str:
    """The alarm's name, empty without one. InvalidAutomationExecutionParametersException where there are several."""
    names = [str(alarm.get("Name", "")) for alarm in configuration.get("Alarms") or []]
    if len(names) > 1:
        raise AwsError("InvalidAutomationExecutionParametersException", "An execution has one alarm at most.")
    return next(iter(names), "")


def watch(world: World, run: AutomationRun, name: str, configuration: dict[str, Any]) -> None:
    """Stop the run once its alarm is in ALARM, at once where it is already; or once the alarm cannot be read, unless
    that is to be ignored."""
    run.execution.alarm = configuration
    world.clock.after(0.0, lambda: _look(world, run, name, bool(configuration.get("IgnorePollAlarmFailure"))))


def _look(world: World, run: AutomationRun, name: str, ignores_failure: bool) -> None:
    if run.execution.status in TERMINAL:
        return
    state = _state(world, name)
    if state == "ALARM" or (state == "UNKNOWN" and not ignores_failure):
        run.execution.triggered = {"Name": name, "State": state}
        run.cancel()
        return
    world.clock.after(EVERY, lambda: _look(world, run, name, ignores_failure))


def _state(world: World, name: str) -> str:
    """The alarm's state as CloudWatch tells it; UNKNOWN where it tells none."""
    call = of(world).call
    try:
        answer = call("cloudwatch", "DescribeAlarms", {"AlarmNames": [name]}) if call else {}
    except StepFailure:
        return "UNKNOWN"
    alarms = [*(answer.get("MetricAlarms") or []), *(answer.get("CompositeAlarms") or [])]
    return str(alarms[0]["StateValue"]) if alarms else "UNKNOWN"
