"""CloudWatch: metrics with every statistic and metric math, and alarms that are really evaluated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sre_agent.lab.aws.cloudwatch import alarm_operations, get_data, metrics
from sre_agent.lab.world import World

Operation = Callable[[World, dict[str, Any]], dict[str, Any]]

OPERATIONS: dict[str, Operation] = {
    "DeleteAlarms": alarm_operations.delete_alarms,
    "DescribeAlarmHistory": alarm_operations.describe_alarm_history,
    "DescribeAlarms": alarm_operations.describe_alarms,
    "DescribeAlarmsForMetric": alarm_operations.describe_alarms_for_metric,
    "DisableAlarmActions": alarm_operations.disable_alarm_actions,
    "EnableAlarmActions": alarm_operations.enable_alarm_actions,
    "GetMetricData": get_data.get_metric_data,
    "GetMetricStatistics": get_data.get_metric_statistics,
    "ListMetrics": metrics.list_metrics,
    "ListTagsForResource": alarm_operations.list_tags,
    "PutMetricAlarm": alarm_operations.put_metric_alarm,
    "PutMetricData": metrics.put_metric_data,
    "SetAlarmState": alarm_operations.set_alarm_state,
    "TagResource": alarm_operations.tag_resource,
    "UntagResource": alarm_operations.untag_resource,
}
