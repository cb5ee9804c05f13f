"""CloudWatch: metrics with every statistic and metric math, anomaly detection, and alarms that are really evaluated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sre_lab.aws.cloudwatch import anomaly_detectors
from sre_lab.aws.cloudwatch.alarms import describe, history, mute_operations, operations, tags
from sre_lab.aws.cloudwatch.metrics import listing, put_data
from sre_lab.aws.cloudwatch.queries import get_data
from sre_lab.world import World

Operation = Callable[[World, dict[str, Any]], dict[str, Any]]

OPERATIONS: dict[str, Operation] = {
    "DeleteAlarmMuteRule": mute_operations.delete_alarm_mute_rule,
    "DeleteAlarms": operations.delete_alarms,
    "DeleteAnomalyDetector": anomaly_detectors.delete_anomaly_detector,
    "DescribeAlarmHistory": history.describe_alarm_history,
    "DescribeAlarms": describe.describe_alarms,
    "DescribeAlarmsForMetric": describe.describe_alarms_for_metric,
    "DescribeAnomalyDetectors": anomaly_detectors.describe_anomaly_detectors,
    "DisableAlarmActions": operations.disable_alarm_actions,
    "EnableAlarmActions": operations.enable_alarm_actions,
    "GetAlarmMuteRule": mute_operations.get_alarm_mute_rule,
    "GetMetricData": get_data.get_metric_data,
    "GetMetricStatistics": get_data.get_metric_statistics,
    "ListAlarmMuteRules": mute_operations.list_alarm_mute_rules,
    "ListMetrics": listing.list_metrics,
    "ListTagsForResource": tags.list_tags,
    "PutAlarmMuteRule": mute_operations.put_alarm_mute_rule,
    "PutAnomalyDetector": anomaly_detectors.put_anomaly_detector,
    "PutCompositeAlarm": operations.put_composite_alarm,
    "PutMetricAlarm": operations.put_metric_alarm,
    "PutMetricData": put_data.put_metric_data,
    "SetAlarmState": operations.set_alarm_state,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
}
