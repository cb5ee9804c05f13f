"""Alarms at work: configured, evaluated on the world's clock, telling others when they change.

Enter with `put` to give a scenario's alarm to a world and with `event` for the EventBridge payload of its state.
"""

from __future__ import annotations

from sre_lab.aws.cloudwatch.alarms.events import event
from sre_lab.aws.cloudwatch.alarms.scenario_alarms import create_alarm

__all__ = ["create_alarm", "event"]
