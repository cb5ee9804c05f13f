"""The API's operations on alarms."""

from __future__ import annotations

import json
from typing import Any

from sre_agent.lab.aws.cloudwatch.alarm import Alarm, HistoryItem, book
from sre_agent.lab.aws.cloudwatch.alarms import configure, transition
from sre_agent.lab.aws.cloudwatch.shapes import described
from sre_agent.lab.aws.errors import AwsError
from sre_agent.lab.world import World

PAGE = 50  # records where the caller names no number
STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")


def put_metric_alarm(world: World, params: dict[str, Any]) -> dict[str, Any]:
    configure(world, params)
    return {}


def describe_alarms(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """By names or prefix, state and action prefix; composite alarms do not exist here."""
    names, prefix = params.get("AlarmNames") or [], params.get("AlarmNamePrefix") or ""
    if names and prefix:
        raise AwsError("ValidationError", "AlarmNames and AlarmNamePrefix cannot be used together.")
    state, types = params.get("StateValue"), params.get("AlarmTypes") or ["MetricAlarm"]
    action = params.get("ActionPrefix") or ""
    found = [
        alarm
        for name, alarm in sorted(book.of(world).items())
        if (not names or name in names)
        and name.startswith(prefix)
        and (not state or alarm.state.value == state)
        and (not action or any(a.startswith(action) for a in alarm.actions()))
    ]
    page, token = _page(found if "MetricAlarm" in types else [], params)
    return {"MetricAlarms": [described(alarm) for alarm in page], "CompositeAlarms": [], **token}


def describe_alarms_for_metric(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """The alarms on exactly this metric, with its statistic, period and unit where these are given."""
    dimensions = {d["Name"]: d["Value"] for d in params.get("Dimensions") or []}
    statistic = params.get("Statistic") or params.get("ExtendedStatistic")

    def watches(alarm: Alarm) -> bool:
        stat = alarm.watched.stat
        return (
            stat is not None
            and (stat.namespace, stat.metric) == (params.get("Namespace"), params.get("MetricName"))
            and stat.dimensions == dimensions
            and statistic in (None, stat.statistic)
            and params.get("Period") in (None, stat.period)
            and params.get("Unit") in (None, stat.unit)
        )

    return {"MetricAlarms": [described(a) for _, a in sorted(book.of(world).items()) if watches(a)]}


def describe_alarm_history(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Items by alarm, kind and time; newest first unless ScanBy says otherwise."""
    name, kind = params.get("AlarmName"), params.get("HistoryItemType")
    start, end = float(params.get("StartDate") or 0.0), float(params.get("EndDate") or world.clock.now())
    items: list[tuple[HistoryItem, str]] = []
    for alarm in book.of(world).values():
        if name in (None, alarm.name):
            items += [(i, alarm.name) for i in alarm.history if kind in (None, i.type) and start <= i.at <= end]
    items.sort(key=lambda pair: pair[0].at)
    if params.get("ScanBy") != "TimestampAscending":
        items.reverse()
    page, token = _page(items, params)
    shown = [
        {
            "AlarmName": alarm,
            "AlarmType": "MetricAlarm",
            "Timestamp": item.at,
            "HistoryItemType": item.type,
            "HistorySummary": item.summary,
            "HistoryData": item.data,
        }
        for item, alarm in page
    ]
    return {"AlarmHistoryItems": shown, **token}


def set_alarm_state(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Set a state by hand; the next evaluation may set it back, as in CloudWatch."""
    alarm, value = _known(world, str(params.get("AlarmName"))), params.get("StateValue")
    data = str(params.get("StateReasonData") or "")
    if value not in STATES:
        raise AwsError("ValidationError", f"StateValue must be one of {', '.join(STATES)}, not {value!r}.")
    try:
        json.loads(data or "{}")
    except ValueError as problem:
        raise AwsError("InvalidFormat", "StateReasonData is not JSON.") from problem
    transition(world, alarm, value, str(params.get("StateReason") or ""), data)
    return {}


def delete_alarms(world: World, params: dict[str, Any]) -> dict[str, Any]:
    for name in params.get("AlarmNames") or []:
        book.of(world).pop(name, None)
    return {}


def enable_alarm_actions(world: World, params: dict[str, Any]) -> dict[str, Any]:
    return _switch_actions(world, params, True)


def disable_alarm_actions(world: World, params: dict[str, Any]) -> dict[str, Any]:
    return _switch_actions(world, params, False)


def list_tags(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """The tags that PutMetricAlarm or TagResource gave to an alarm."""
    return {"Tags": list(_by_arn(world, params).config.get("Tags") or [])}


def tag_resource(world: World, params: dict[str, Any]) -> dict[str, Any]:
    alarm = _by_arn(world, params)
    tags = {t["Key"]: t["Value"] for t in [*(alarm.config.get("Tags") or []), *(params.get("Tags") or [])]}
    alarm.config = {**alarm.config, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
    return {}


def untag_resource(world: World, params: dict[str, Any]) -> dict[str, Any]:
    alarm = _by_arn(world, params)
    kept = [t for t in alarm.config.get("Tags") or [] if t["Key"] not in (params.get("TagKeys") or [])]
    alarm.config = {**alarm.config, "Tags": kept}
    return {}


def _switch_actions(world: World, params: dict[str, Any], enabled: bool) -> dict[str, Any]:
    for name in params.get("AlarmNames") or []:
        alarm = book.of(world).get(name)
        if alarm is not None:
            alarm.config = {**alarm.config, "ActionsEnabled": enabled}
    return {}


def _known(world: World, name: str) -> Alarm:
    alarm = book.of(world).get(name)
    if alarm is None:
        raise AwsError("ResourceNotFound", f"Alarm {name} does not exist", status=404)
    return alarm


def _by_arn(world: World, params: dict[str, Any]) -> Alarm:
    return _known(world, str(params.get("ResourceARN")).rpartition(":alarm:")[2])


def _page(found: list[Any], params: dict[str, Any]) -> tuple[list[Any], dict[str, str]]:
    token = str(params.get("NextToken") or "0")
    if not token.isdigit():
        raise AwsError("InvalidNextToken", f"The token {token!r} is not valid.")
    start, size = int(token), int(params.get("MaxRecords") or PAGE)
    more = {"NextToken": str(start + size)} if start + size < len(found) else {}
    return found[start : start + size], more
