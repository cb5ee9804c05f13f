"""What an alarm sets off when its state changes, and what stands in the way: switched off, muted, suppressed."""

from __future__ import annotations

import json
from functools import partial

from sre_lab.aws import delivery
from sre_lab.aws.cloudwatch.alarms.alarm import Alarm, alarms_by_name
from sre_lab.aws.cloudwatch.alarms.history import note
from sre_lab.aws.cloudwatch.alarms.messages import lambda_payload, sns_message
from sre_lab.aws.cloudwatch.alarms.mutes import mute_in_force
from sre_lab.aws.ssm import ops_items
from sre_lab.world import World


def run(world: World, alarm: Alarm) -> None:
    """The actions of the present state, now or, when muted, at the end of the mute if the state still is the same."""
    if not alarm.actions_enabled or not alarm.actions():
        return
    mute = mute_in_force(world, alarm.name)
    if mute is None:
        for action in alarm.actions():
            _act(world, alarm, action)
        return
    note(world, alarm, "Action", f"Actions muted by {mute.arn}", {"actionState": "Muted", "mutedBy": mute.arn})
    world.clock.at(mute.end, partial(_catch_up, world, alarm, alarm.state.at))


def _catch_up(world: World, alarm: Alarm, since: float) -> None:
    if alarms_by_name.of(world).get(alarm.name) is alarm and alarm.state.at == since:
        run(world, alarm)


def _act(world: World, alarm: Alarm, action: str) -> None:
    problem, payload = "", None
    service = action.split(":")[2] if action.startswith("arn:") else ""
    if service == "sns":
        message, subject = sns_message(world, alarm)
        payload = message
        if not delivery.publish(world, action, message, subject):
            problem = "Topic does not exist"
    elif service == "ssm" and action.split(":")[5] == "opsitem":
        ops_items.of_alarm(world, action, alarm.name, alarm.arn, alarm.state.reason)
    elif service == "lambda":
        delivery.invoke(world, action, lambda_payload(world, alarm))
    else:
        problem = f"The lab does not carry out actions of {service or 'this kind'}"
    data = {
        "actionState": "Failed" if problem else "Succeeded",
        "stateUpdateTimestamp": int(alarm.state.at * 1_000),
        "notificationResource": action,
        "publishedMessage": json.dumps({"default": payload}) if payload else None,
        "error": problem or None,
    }
    summary = f'Failed to execute action {action}. Received error: "{problem}"'
    note(world, alarm, "Action", summary if problem else f"Successfully executed action {action}", data)
