"""A composite alarm's suppressor: another alarm that, while in ALARM, holds the composite's actions back.

The wait period gives the suppressor time to go off after the composite; the extension period lets it count for a while
after it has come back. At the end of either, what is owed is done, if the composite still is in that state.
"""

from __future__ import annotations

from functools import partial

from sre_lab.aws.cloudwatch.alarms import actions
from sre_lab.aws.cloudwatch.alarms.alarm import Alarm, CompositeAlarm, Suppression, alarms_by_name
from sre_lab.aws.cloudwatch.alarms.history import note
from sre_lab.world import World


def holds(world: World, alarm: CompositeAlarm) -> bool:
    """Whether the actions of the state that the alarm has just entered are held back, or not needed any more."""
    if not alarm.suppressor:
        return False
    if alarm.deferred_state and alarm.state.value == "OK":
        release(alarm)  # nobody was told of the other state, so nobody needs to hear of its end
        return True
    now, suppressor = world.clock.now(), alarms_by_name.of(world).get(alarm.suppressor)
    wait = int(alarm.config.get("ActionsSuppressorWaitPeriod") or 0)
    if suppressor is not None and suppressor.state.value == "ALARM":
        _suppress(world, alarm, "Alarm")
    elif now < alarm.extension_ends:
        _suppress(world, alarm, "ExtensionPeriod", alarm.extension_ends)
    elif alarm.state.value == "ALARM" and wait:
        _suppress(world, alarm, "WaitPeriod", now + wait)
    else:
        release(alarm)
        return False
    return True


def follow(world: World, changed: Alarm) -> None:
    """Tell the composites that `changed` suppresses what its new state means for them."""
    for alarm in alarms_by_name.of(world).values():
        if not isinstance(alarm, CompositeAlarm) or alarm.suppressor != changed.name:
            continue
        if changed.state.value == "ALARM":
            alarm.extension_ends = 0.0
            if alarm.suppressed_by:
                _suppress(world, alarm, "Alarm")
        elif changed.previous.value == "ALARM":
            alarm.extension_ends = world.clock.now() + int(alarm.config.get("ActionsSuppressorExtensionPeriod") or 0)
            if alarm.suppressed_by:
                _suppress(world, alarm, "ExtensionPeriod", alarm.extension_ends)


def _suppress(world: World, alarm: CompositeAlarm, by: Suppression, until: float = 0.0) -> None:
    alarm.suppressed_by, alarm.deferred_state, alarm.hold_ends = by, alarm.state.value, until
    alarm.suppressed_reason = f"Actions suppressed by {by}"
    note(world, alarm, "Action", alarm.suppressed_reason, {"actionState": "Suppressed", "suppressedBy": by})
    if by != "Alarm":
        world.clock.at(until, partial(_expire, world, alarm, by, until))


def _expire(world: World, alarm: CompositeAlarm, by: Suppression, until: float) -> None:
    """The period is over; it means nothing if the alarm or its suppressor has changed since."""
    same = alarm.suppressed_by == by and alarm.hold_ends == until
    if alarms_by_name.of(world).get(alarm.name) is not alarm or not same:
        return
    is_due = alarm.deferred_state == alarm.state.value
    release(alarm)
    if is_due:
        actions.run(world, alarm)


def release(alarm: CompositeAlarm) -> None:
    """Hold nothing back any more, and owe nothing."""
    alarm.suppressed_by, alarm.suppressed_reason, alarm.deferred_state, alarm.hold_ends = "", "", "", 0.0
