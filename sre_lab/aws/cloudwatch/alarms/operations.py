"""The API's operations on alarms, except for those that describe them."""

from __future__ import annotations

import json
from typing import Any

from sre_lab.aws.cloudwatch.alarms import composite, metric
from sre_lab.aws.cloudwatch.alarms.alarm import STATES, CompositeAlarm, alarms_by_name, find_alarm
from sre_lab.aws.cloudwatch.alarms.lifecycle import announce_configuration, change_state
from sre_lab.aws.errors import AwsError
from sre_lab.world import World

DELETED_AT_ONCE = 100
Params = dict[str, Any]


def put_metric_alarm(world: World, params: Params) -> Params:
    metric.configure(world, params)
    return {}


def put_composite_alarm(world: World, params: Params) -> Params:
    composite.configure(world, params)
    return {}


def set_alarm_state(world: World, params: Params) -> Params:
    """Set a state by hand; the next evaluation may set it back, as in CloudWatch."""
    alarm, value = find_alarm(world, str(params.get("AlarmName"))), params.get("StateValue")
    data = str(params.get("StateReasonData") or "")
    if value not in STATES:
        raise AwsError("ValidationError", f"StateValue must be one of {', '.join(STATES)}, not {value!r}.")
    try:
        json.loads(data or "{}")
    except ValueError as problem:
        raise AwsError("InvalidFormat", "StateReasonData is not JSON.") from problem
    change_state(world, alarm, value, str(params.get("StateReason") or ""), data)
    return {}


def delete_alarms(world: World, params: Params) -> Params:
    """All of them, or none: not one that does not exist, that a composite rests on, nor two composites at once."""
    names = list(dict.fromkeys(params.get("AlarmNames") or []))
    if len(names) > DELETED_AT_ONCE:
        text = f"The collection AlarmNames must not have a size greater than {DELETED_AT_ONCE}."
        raise AwsError("ValidationError", text)
    alarms = [find_alarm(world, name) for name in names]
    if sum(isinstance(alarm, CompositeAlarm) for alarm in alarms) > 1:
        raise AwsError("ValidationError", "Only one composite alarm can be deleted in one operation.")
    for name in names:
        users = [parent.name for parent in composite.parents_of(world, name)]
        users += [
            a.name for a in alarms_by_name.of(world).values() if isinstance(a, CompositeAlarm) and a.suppressor == name
        ]
        if users:
            text = f"The alarm {name} cannot be deleted because composite alarms depend on it: {', '.join(users)}"
            raise AwsError("ValidationError", text)
    for alarm in alarms:
        announce_configuration(world, alarm, "delete")
        del alarms_by_name.of(world)[alarm.name]
    return {}


def enable_alarm_actions(world: World, params: Params) -> Params:
    return _switch_actions(world, params, True)


def disable_alarm_actions(world: World, params: Params) -> Params:
    return _switch_actions(world, params, False)


def _switch_actions(world: World, params: Params, enabled: bool) -> Params:
    for name in params.get("AlarmNames") or []:
        alarm = alarms_by_name.of(world).get(name)
        if alarm is not None and alarm.actions_enabled is not enabled:
            alarm.config = {**alarm.config, "ActionsEnabled": enabled}
            announce_configuration(world, alarm, "update")
    return {}
