"""The one way into another state or configuration: history, event, actions, and those who watch the alarm."""

from __future__ import annotations

from typing import Literal

from sre_lab.aws import delivery
from sre_lab.aws.cloudwatch.alarms import actions, suppression
from sre_lab.aws.cloudwatch.alarms.alarm import Alarm, AlarmState, CompositeAlarm, on_change
from sre_lab.aws.cloudwatch.alarms.events import (
    CONFIGURATION_CHANGE,
    SOURCE,
    STATE_CHANGE,
    configuration_detail,
    event_detail,
)
from sre_lab.aws.cloudwatch.alarms.history import note_change, note_configuration
from sre_lab.world import World


def change_state(world: World, alarm: Alarm, value: str, why: str, data: str) -> None:
    """Give the alarm a state; when it is another one, write history, send the event and run the actions."""
    now, before = world.clock.now(), alarm.state
    if value == before.value:
        return
    alarm.previous, alarm.state = before, AlarmState(value, why, data, now)
    alarm.transitioned_at = now
    is_held = isinstance(alarm, CompositeAlarm) and suppression.holds(world, alarm)
    note_change(world, alarm)
    delivery.put_event(world, STATE_CHANGE, SOURCE, event_detail(world, alarm), [alarm.arn])
    if not is_held:
        actions.run(world, alarm)
    for listener in on_change.of(world):
        listener(world, alarm)


def announce_configuration(world: World, alarm: Alarm, operation: Literal["create", "update", "delete"]) -> None:
    """Tell that the alarm was put, put anew or deleted: by history and event."""
    note_configuration(world, alarm, f"{operation}d", alarm.config)
    detail = configuration_detail(alarm, operation)
    delivery.put_event(world, CONFIGURATION_CHANGE, SOURCE, detail, [alarm.arn])
