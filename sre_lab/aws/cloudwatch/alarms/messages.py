"""An alarm's change as SNS subscribers and Lambda functions receive it."""

from __future__ import annotations

import json
from typing import Any

from sre_lab.aws.cloudwatch.alarms.alarm import Alarm, MetricAlarm, moment
from sre_lab.aws.cloudwatch.alarms.events import event_detail
from sre_lab.aws.cloudwatch.expressions.metric_data_queries import MetricDataQuery
from sre_lab.world import World

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
    }
    if isinstance(alarm, MetricAlarm):
        message["Trigger"] = _trigger(alarm)
    else:
        message |= {"AlarmRule": config["AlarmRule"], "TriggeringChildren": _children(alarm)}
    return json.dumps(message), f'{alarm.state.value}: "{alarm.name}" in {region}'


def lambda_payload(world: World, alarm: Alarm) -> dict[str, Any]:
    """What an alarm's Lambda action is invoked with."""
    detail = event_detail(world, alarm)
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm.arn,
        "accountId": world.cluster.account,
        "time": moment(alarm.state.at),
        "region": world.cluster.region,
        "alarmData": {key: detail[key] for key in ("alarmName", "state", "previousState", "configuration")},
    }


def _children(alarm: Alarm) -> list[dict[str, Any]]:
    triggering_alarms = json.loads(alarm.state.reason_data or "{}").get("triggeringAlarms") or []
    return [
        {"Arn": c["arn"], "State": {"Value": c["state"]["value"], "Timestamp": c["state"]["timestamp"]}}
        for c in triggering_alarms
    ]


def _trigger(alarm: MetricAlarm) -> dict[str, Any]:
    config = alarm.config
    limit = (
        {"ThresholdMetricId": config["ThresholdMetricId"]}
        if config.get("ThresholdMetricId")
        else {"Threshold": config["Threshold"]}
    )
    common = {
        "Period": alarm.period,
        "EvaluationPeriods": config["EvaluationPeriods"],
        "DatapointsToAlarm": config.get("DatapointsToAlarm", config["EvaluationPeriods"]),
        "ComparisonOperator": config["ComparisonOperator"],
        **limit,
        "TreatMissingData": config.get("TreatMissingData", "missing"),
        "EvaluateLowSampleCountPercentile": config.get("EvaluateLowSampleCountPercentile", ""),
    }
    if config.get("Metrics"):
        return {**common, "Metrics": [_metric(query) for query in alarm.queries]}
    extended_statistic = config.get("ExtendedStatistic")
    return {
        "MetricName": config.get("MetricName"),
        "Namespace": config.get("Namespace"),
        "StatisticType": "ExtendedStatistic" if extended_statistic else "Statistic",
        **(
            {"ExtendedStatistic": extended_statistic}
            if extended_statistic
            else {"Statistic": str(config.get("Statistic")).upper()}
        ),
        "Unit": config.get("Unit"),
        "Dimensions": [{"value": d["Value"], "name": d["Name"]} for d in config.get("Dimensions") or []],
        **common,
    }


def _metric(query: MetricDataQuery) -> dict[str, Any]:
    fields: dict[str, Any] = {"Id": query.id, "ReturnData": query.returns_data}
    if query.stat is None:
        return {**fields, "Expression": query.expression, "Label": query.label or query.id}
    stat = query.stat
    dimensions = [{"value": value, "name": name} for name, value in stat.dimensions.items()]
    metric = {"Namespace": stat.namespace, "MetricName": stat.metric, "Dimensions": dimensions}
    return {**fields, "MetricStat": {"Metric": metric, "Period": stat.period, "Stat": stat.statistic}}
