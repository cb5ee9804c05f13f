"""DescribeAlarms and DescribeAlarmsForMetric."""

from __future__ import annotations

from typing import Any

from sre_lab.aws.cloudwatch.alarms.alarm import Alarm, CompositeAlarm, MetricAlarm, alarms_by_name, find_alarm
from sre_lab.aws.cloudwatch.alarms.composite import children_of, parents_of
from sre_lab.aws.cloudwatch.alarms.paging import page
from sre_lab.aws.cloudwatch.metrics.selection import dimensions_of
from sre_lab.aws.errors import AwsError
from sre_lab.world import World

CONFIGURED = (
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
    "ThresholdMetricId",
    "AlarmRule",
    "ActionsSuppressor",
    "ActionsSuppressorWaitPeriod",
    "ActionsSuppressorExtensionPeriod",
)
NARROWING = ("AlarmNames", "AlarmNamePrefix", "StateValue", "ActionPrefix", "AlarmTypes")


def describe_alarms(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """By names or prefix, state and action prefix; metric alarms only unless AlarmTypes says otherwise."""
    if params.get("ChildrenOfAlarmName") or params.get("ParentsOfAlarmName"):
        return _relatives(world, params)
    names, prefix = params.get("AlarmNames") or [], params.get("AlarmNamePrefix") or ""
    if names and prefix:
        raise AwsError("ValidationError", "AlarmNames and AlarmNamePrefix cannot be used together.")
    state, types = params.get("StateValue"), params.get("AlarmTypes") or ["MetricAlarm"]
    action = params.get("ActionPrefix") or ""
    alarms = [
        alarm
        for name, alarm in sorted(alarms_by_name.of(world).items())
        if alarm.kind in types
        and (not names or name in names)
        and name.startswith(prefix)
        and (not state or alarm.state.value == state)
        and (not action or any(a.startswith(action) for a in alarm.actions()))
    ]
    page_alarms, token = page(alarms, params)
    return {**_by_kind(page_alarms, description), **token}


def describe_alarms_for_metric(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """The alarms on exactly this metric, with its statistic, period and unit where these are given."""
    dimensions = dimensions_of(params.get("Dimensions"))
    statistic = params.get("Statistic") or params.get("ExtendedStatistic")

    def watches(alarm: Alarm) -> bool:
        stat = alarm.watched_query.stat if isinstance(alarm, MetricAlarm) and not alarm.config.get("Metrics") else None
        return (
            stat is not None
            and (stat.namespace, stat.metric) == (params.get("Namespace"), params.get("MetricName"))
            and stat.dimensions == dimensions
            and statistic in (None, stat.statistic)
            and params.get("Period") in (None, stat.period)
            and params.get("Unit") in (None, stat.unit)
        )

    return {"MetricAlarms": [description(a) for _, a in sorted(alarms_by_name.of(world).items()) if watches(a)]}


def description(alarm: Alarm) -> dict[str, Any]:
    """A MetricAlarm or CompositeAlarm of DescribeAlarms."""
    description = {key: alarm.config[key] for key in CONFIGURED if key in alarm.config}
    description |= {
        "AlarmArn": alarm.arn,
        "ActionsEnabled": alarm.actions_enabled,
        "AlarmConfigurationUpdatedTimestamp": alarm.configured_at,
        "StateValue": alarm.state.value,
        "StateReason": alarm.state.reason,
        "StateUpdatedTimestamp": alarm.state.at,
        "StateTransitionedTimestamp": alarm.transitioned_at,
    }
    lists = ["OKActions", "AlarmActions", "InsufficientDataActions"]
    for key in [*lists, *(["Dimensions"] if isinstance(alarm, MetricAlarm) else [])]:
        description.setdefault(key, [])
    if alarm.state.reason_data:
        description["StateReasonData"] = alarm.state.reason_data
    if isinstance(alarm, CompositeAlarm) and alarm.suppressed_by:
        description["ActionsSuppressedBy"] = alarm.suppressed_by
        description["ActionsSuppressedReason"] = alarm.suppressed_reason
    return description


def _relatives(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """The alarms in the rule of a composite, or the composites whose rule names an alarm, in short."""
    child_of, parent_of = params.get("ChildrenOfAlarmName"), params.get("ParentsOfAlarmName")
    if (child_of and parent_of) or any(params.get(key) for key in NARROWING):
        text = "ChildrenOfAlarmName and ParentsOfAlarmName cannot be used together, nor with what narrows by alarm."
        raise AwsError("ValidationError", text)
    alarm = find_alarm(world, str(child_of or parent_of))
    if parent_of:
        alarms: list[Alarm] = [*parents_of(world, alarm.name)]
        return _by_kind(alarms, lambda a: {"AlarmName": a.name, "AlarmArn": a.arn})
    names = children_of(alarm) if isinstance(alarm, CompositeAlarm) else []
    alarms = [alarms_by_name.of(world)[name] for name in names if name in alarms_by_name.of(world)]
    keys = ("AlarmName", "AlarmArn", "StateValue", "StateUpdatedTimestamp")
    return _by_kind(alarms, lambda a: {key: description(a)[key] for key in keys})


def _by_kind(alarms: list[Alarm], shape: Any) -> dict[str, Any]:
    return {
        "MetricAlarms": [shape(alarm) for alarm in alarms if isinstance(alarm, MetricAlarm)],
        "CompositeAlarms": [shape(alarm) for alarm in alarms if isinstance(alarm, CompositeAlarm)],
    }
