"""Composite alarms: their rule is looked at again whenever one of the alarms that it names changes."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

from sre_lab.aws.cloudwatch.alarms import suppression
from sre_lab.aws.cloudwatch.alarms.alarm import (
    INITIAL_REASON,
    Alarm,
    AlarmState,
    CompositeAlarm,
    alarms_by_name,
    arn_of,
    name_in,
    on_change,
)
from sre_lab.aws.cloudwatch.alarms.lifecycle import announce_configuration, change_state
from sre_lab.aws.cloudwatch.alarms.reasons import composite_reason, composite_reason_data
from sre_lab.aws.cloudwatch.alarms.rule_language import parse
from sre_lab.aws.cloudwatch.alarms.validation import check_actions, check_name
from sre_lab.aws.errors import AwsError
from sre_lab.world import World

DELAY = 0.5  # seconds between a child's change and the composite's
LATEST_PERIOD = 86_400


def configure(world: World, config: dict[str, Any]) -> CompositeAlarm:
    """Create a composite alarm or configure it anew, from the parameters of PutCompositeAlarm."""
    name = check_name(config)
    check_actions(config)
    alarm = alarms_by_name.of(world).get(name)
    if alarm is not None and not isinstance(alarm, CompositeAlarm):
        raise AwsError("ValidationError", f"There is a metric alarm of the name {name}; its kind cannot be changed.")
    names = set(parse(str(config.get("AlarmRule") or "")).alarms())
    lacking = sorted(names - set(alarms_by_name.of(world)) - {name})
    if lacking:
        text = f"Could not save the composite alarm as alarms [{', '.join(lacking)}] in the alarm rule do not exist"
        raise AwsError("ValidationError", text)
    _check_suppressor(world, config)
    _listen(world)
    now = world.clock.now()
    what: Literal["create", "update"] = "update"
    if alarm is None:
        initial = AlarmState("INSUFFICIENT_DATA", INITIAL_REASON, "", now)
        alarm = CompositeAlarm(name, arn_of(world, name), config, now, initial, initial, now)
        alarms_by_name.of(world)[name] = alarm
        what = "create"
    else:
        config = {**config, "Tags": alarm.config.get("Tags") or []}
        if config.get("ActionsSuppressor") != alarm.config.get("ActionsSuppressor"):
            suppression.release(alarm)
    alarm.config, alarm.configured_at = config, now
    alarm.generation += 1
    announce_configuration(world, alarm, what)
    world.clock.after(DELAY, partial(_evaluate_new, world, alarm, alarm.generation, what))
    return alarm


def children_of(alarm: CompositeAlarm) -> list[str]:
    """The names in its rule, each once."""
    return list(dict.fromkeys(parse(str(alarm.config["AlarmRule"])).alarms()))


def parents_of(world: World, name: str) -> list[CompositeAlarm]:
    """The composites whose rule names this alarm."""
    composites = [a for a in alarms_by_name.of(world).values() if isinstance(a, CompositeAlarm)]
    return [alarm for alarm in composites if name in children_of(alarm)]


def in_cycle(world: World, alarm: CompositeAlarm) -> bool:
    """Whether the alarm rests on itself; CloudWatch stops evaluating it then."""
    open_, visited = [alarm], set()
    while open_:
        for name in children_of(open_.pop()):
            child = alarms_by_name.of(world).get(name)
            if child is alarm:
                return True
            if isinstance(child, CompositeAlarm) and name not in visited:
                visited.add(name)
                open_.append(child)
    return False


def _listen(world: World) -> None:
    listeners = on_change.of(world)
    if _evaluate_parents not in listeners:
        listeners.extend([_evaluate_parents, _suppressor_changed])


def _evaluate_parents(world: World, child: Alarm) -> None:
    for alarm in parents_of(world, child.name):
        world.clock.after(DELAY, partial(_evaluate, world, alarm, child))


def _suppressor_changed(world: World, changed: Alarm) -> None:
    suppression.follow(world, changed)


def _evaluate(world: World, alarm: CompositeAlarm, child: Alarm) -> None:
    if alarms_by_name.of(world).get(alarm.name) is alarm and not in_cycle(world, alarm):
        value = _value(world, alarm)
        change_state(
            world, alarm, value, composite_reason(child), composite_reason_data(_triggers(world, alarm, value, child))
        )


def _evaluate_new(world: World, alarm: CompositeAlarm, generation: int, what: str) -> None:
    current = alarms_by_name.of(world).get(alarm.name) is alarm and alarm.generation == generation
    if current and not in_cycle(world, alarm):
        value = _value(world, alarm)
        why = f"{alarm.arn} was {what}d and its alarm rule evaluates to {value}"
        change_state(world, alarm, value, why, composite_reason_data(_triggers(world, alarm, value, None)))


def _value(world: World, alarm: CompositeAlarm) -> str:
    def state_of(name: str) -> str:
        child = alarms_by_name.of(world).get(name)
        return child.state.value if child is not None else "INSUFFICIENT_DATA"

    return "ALARM" if parse(str(alarm.config["AlarmRule"])).holds(state_of) else "OK"


def _triggers(world: World, alarm: CompositeAlarm, value: str, child: Alarm | None) -> list[Alarm]:
    """The children in ALARM that a composite in ALARM rests on; otherwise the one that changed."""
    children = [alarms_by_name.of(world)[name] for name in children_of(alarm) if name in alarms_by_name.of(world)]
    firing = [a for a in children if a.state.value == "ALARM"] if value == "ALARM" else []
    return firing or ([child] if child is not None else [])


def _check_suppressor(world: World, config: dict[str, Any]) -> None:
    name = str(config.get("ActionsSuppressor") or "")
    periods = [config.get(f"ActionsSuppressor{which}Period") for which in ("Wait", "Extension")]
    if not name:
        if any(period is not None for period in periods):
            text = "ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod need an ActionsSuppressor."
            raise AwsError("ValidationError", text)
        return
    if any(not isinstance(period, int) or not 0 <= period <= LATEST_PERIOD for period in periods):
        text = "An ActionsSuppressor needs ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod in seconds."
        raise AwsError("ValidationError", text)
    if name_in(name) not in alarms_by_name.of(world):
        raise AwsError("ValidationError", f"The actions suppressor {name} does not exist.")
