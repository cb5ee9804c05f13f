"""An alarm in the shapes in which the outside sees it: the API, EventBridge, SNS."""

from __future__ import annotations

import json
from typing import Any

from sre_agent.lab.aws.cloudwatch.alarm import Alarm, State, moment
from sre_agent.lab.aws.cloudwatch.evaluation import Query
from sre_agent.lab.world import World

REGIONS = {
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
    "ca-central-1": "Canada (Central)",
    "sa-east-1": "South America (Sao Paulo)",
    "eu-west-1": "EU (Ireland)",
    "eu-west-2": "EU (London)",
    "eu-west-3": "EU (Paris)",
    "eu-central-1": "EU (Frankfurt)",
    "eu-north-1": "EU (Stockholm)",
    "ap-south-1": "Asia Pacific (Mumbai)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-northeast-2": "Asia Pacific (Seoul)",
}
CONFIGURED = [
    "AlarmName",
    "AlarmDescription",
    "OKActions",
    "AlarmActions",
    "InsufficientDataActions",
    "MetricName",
    "Namespace",
    "Statistic",
    "ExtendedStatistic",
    "Dimensions",
    "Period",
    "Unit",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
    "EvaluateLowSampleCountPercentile",
    "Metrics",
]


def described(alarm: Alarm) -> dict[str, Any]:
    """A MetricAlarm of DescribeAlarms."""
    shown = {key: alarm.config[key] for key in CONFIGURED if key in alarm.config}
    shown |= {
        "AlarmArn": alarm.arn,
        "ActionsEnabled": alarm.actions_enabled,
        "AlarmConfigurationUpdatedTimestamp": alarm.configured_at,
        "StateValue": alarm.state.value,
        "StateReason": alarm.state.reason,
        "StateUpdatedTimestamp": alarm.state.at,
        "StateTransitionedTimestamp": alarm.transitioned_at,
    }
    for key in ("OKActions", "AlarmActions", "InsufficientDataActions", "Dimensions"):
        shown.setdefault(key, [])
    if alarm.state.reason_data:
        shown["StateReasonData"] = alarm.state.reason_data
    return shown


def event_detail(alarm: Alarm) -> dict[str, Any]:
    """The detail of "CloudWatch Alarm State Change"."""
    configuration: dict[str, Any] = {"metrics": [_event_metric(query) for query in alarm.queries]}
    if alarm.config.get("AlarmDescription"):
        configuration["description"] = alarm.config["AlarmDescription"]
    return {
        "alarmName": alarm.name,
        "configuration": configuration,
        "state": _event_state(alarm.state),
        "previousState": _event_state(alarm.previous),
    }


def _event_state(state: State) -> dict[str, str]:
    shown = {"value": state.value, "reason": state.reason, "timestamp": moment(state.at)}
    return {**shown, "reasonData": state.reason_data} if state.reason_data else shown


def _event_metric(query: Query) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": query.id, "returnData": query.returned}
    if query.label:
        shown["label"] = query.label
    if query.stat is None:
        return {**shown, "expression": query.expression}
    stat = query.stat
    metric = {"namespace": stat.namespace, "name": stat.metric, "dimensions": stat.dimensions}
    return {**shown, "metricStat": {"metric": metric, "period": stat.period, "stat": stat.statistic}}


def sns_message(world: World, alarm: Alarm) -> tuple[str, str]:
    """(Message, Subject) of the notification about the present state."""
    region = REGIONS.get(world.cluster.region, world.cluster.region)
    config = alarm.config
    message: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": config.get("AlarmDescription"),
        "AWSAccountId": world.cluster.account,
        "AlarmConfigurationUpdatedTimestamp": moment(alarm.configured_at),
        "NewStateValue": alarm.state.value,
        "NewStateReason": alarm.state.reason,
        "StateChangeTime": moment(alarm.state.at),
        "Region": region,
        "AlarmArn": alarm.arn,
        "OldStateValue": alarm.previous.value,
        "OKActions": config.get("OKActions") or [],
        "AlarmActions": config.get("AlarmActions") or [],
        "InsufficientDataActions": config.get("InsufficientDataActions") or [],
        "Trigger": _trigger(alarm),
    }
    return json.dumps(message), f'{alarm.state.value}: "{alarm.name}" in {region}'


def _trigger(alarm: Alarm) -> dict[str, Any]:
    config = alarm.config
    common = {
        "Period": alarm.period,
        "EvaluationPeriods": config["EvaluationPeriods"],
        "DatapointsToAlarm": config.get("DatapointsToAlarm", config["EvaluationPeriods"]),
        "ComparisonOperator": config["ComparisonOperator"],
        "Threshold": config["Threshold"],
        "TreatMissingData": config.get("TreatMissingData", "missing"),
        "EvaluateLowSampleCountPercentile": config.get("EvaluateLowSampleCountPercentile", ""),
    }
    if config.get("Metrics"):
        return {**common, "Metrics": [_sns_metric(query) for query in alarm.queries]}
    extended = config.get("ExtendedStatistic")
    return {
        "MetricName": config.get("MetricName"),
        "Namespace": config.get("Namespace"),
        "StatisticType": "ExtendedStatistic" if extended else "Statistic",
        **({"ExtendedStatistic": extended} if extended else {"Statistic": str(config.get("Statistic")).upper()}),
        "Unit": config.get("Unit"),
        "Dimensions": [{"value": d["Value"], "name": d["Name"]} for d in config.get("Dimensions") or []],
        **common,
    }


def _sns_metric(query: Query) -> dict[str, Any]:
    shown: dict[str, Any] = {"Id": query.id, "ReturnData": query.returned}
    if query.stat is None:
        return {**shown, "Expression": query.expression, "Label": query.label or query.id}
    stat = query.stat
    dimensions = [{"value": value, "name": name} for name, value in stat.dimensions.items()]
    metric = {"Namespace": stat.namespace, "MetricName": stat.metric, "Dimensions": dimensions}
    return {**shown, "MetricStat": {"Metric": metric, "Period": stat.period, "Stat": stat.statistic}}
