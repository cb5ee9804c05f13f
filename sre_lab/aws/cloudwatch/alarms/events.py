"""An alarm as EventBridge carries it: changes of its state and of its configuration."""

from __future__ import annotations

import uuid
from typing import Any

from sre_lab.aws.cloudwatch.alarms.alarm import Alarm, AlarmState, CompositeAlarm, MetricAlarm, alarms_by_name, moment
from sre_lab.aws.cloudwatch.alarms.mutes import MuteWindow, mute_in_force
from sre_lab.aws.cloudwatch.expressions.metric_data_queries import MetricDataQuery
from sre_lab.clock import rfc3339
from sre_lab.world import World

SOURCE = "aws.cloudwatch"
STATE_CHANGE = "CloudWatch Alarm State Change"
CONFIGURATION_CHANGE = "CloudWatch Alarm Configuration Change"
RULE_KEYS = (
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ThresholdMetricId",
    "ComparisonOperator",
    "TreatMissingData",
    "EvaluateLowSampleCountPercentile",
)


def event(world: World, name: str) -> dict[str, Any]:
    """The whole EventBridge event of an alarm's present state; LookupError when there is no such alarm."""
    alarm = alarms_by_name.of(world).get(name)
    if alarm is None:
        raise LookupError(
            f"There is no alarm {name!r}. There are: {', '.join(sorted(alarms_by_name.of(world))) or 'none'}."
        )
    return {
        "version": "0",
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{alarm.arn}/{alarm.state.value}/{alarm.state.at}")),
        "detail-type": STATE_CHANGE,
        "source": SOURCE,
        "account": world.cluster.account,
        "time": rfc3339(alarm.state.at),
        "region": world.cluster.region,
        "resources": [alarm.arn],
        "detail": event_detail(world, alarm),
    }


def event_detail(world: World, alarm: Alarm) -> dict[str, Any]:
    """The detail of the event of the alarm's present state."""
    detail: dict[str, Any] = {
        "alarmName": alarm.name,
        "configuration": configuration(alarm),
        "state": _state(alarm.state),
        "previousState": _state(alarm.previous),
    }
    if isinstance(alarm, CompositeAlarm) and alarm.suppressed_by:
        detail["state"] |= {
            "actionsSuppressedBy": alarm.suppressed_by,
            "actionsSuppressedReason": alarm.suppressed_reason,
        }
    mute = mute_in_force(world, alarm.name)
    return {**detail, "muteDetail": _mute_detail(mute)} if mute is not None else detail


def configuration_detail(alarm: Alarm, operation: str) -> dict[str, Any]:
    """The detail of "CloudWatch Alarm Configuration Change"; `operation` is create, update or delete."""
    config = alarm.config
    detail = {**configuration(alarm), "alarmName": alarm.name, "actionsEnabled": alarm.actions_enabled}
    detail["timestamp"] = moment(alarm.configured_at)
    for key in ("OKActions", "AlarmActions", "InsufficientDataActions"):
        detail["okActions" if key == "OKActions" else _small(key)] = list(config.get(key) or [])
    detail |= {_small(key): config[key] for key in RULE_KEYS if key in config}
    state = {"value": alarm.state.value, "timestamp": moment(alarm.state.at)}
    return {"alarmName": alarm.name, "operation": operation, "configuration": detail, "state": state}


def configuration(alarm: Alarm) -> dict[str, Any]:
    """What the alarm watches."""
    settings: dict[str, Any] = {}
    if alarm.config.get("AlarmDescription"):
        settings["description"] = alarm.config["AlarmDescription"]
    if isinstance(alarm, MetricAlarm):
        return {**settings, "metrics": [_metric(query) for query in alarm.queries]}
    settings["alarmRule"] = alarm.config["AlarmRule"]
    for key in ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod"):
        if key in alarm.config:
            settings[_small(key)] = alarm.config[key]
    return settings


def _small(key: str) -> str:
    return key[0].lower() + key[1:]


def _state(state: AlarmState) -> dict[str, str]:
    detail = {"value": state.value, "reason": state.reason, "timestamp": moment(state.at)}
    return {**detail, "reasonData": state.reason_data} if state.reason_data else detail


def _mute_detail(mute: MuteWindow) -> dict[str, str]:
    start, end = moment(mute.start), moment(mute.end)
    return {"mutedBy": mute.arn, "muteWindowStart": start, "muteWindowEnd": end}


def _metric(query: MetricDataQuery) -> dict[str, Any]:
    shape: dict[str, Any] = {"id": query.id, "returnData": query.returns_data}
    if query.label:
        shape["label"] = query.label
    if query.stat is None:
        return {**shape, "expression": query.expression}
    stat = query.stat
    metric = {"namespace": stat.namespace, "name": stat.metric, "dimensions": stat.dimensions}
    return {**shape, "metricStat": {"metric": metric, "period": stat.period, "stat": stat.statistic}}
