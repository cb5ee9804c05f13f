"""Results of `awslabs.cloudwatch-mcp-server` (0.0.x), field by field in its form, with values of our own."""

from __future__ import annotations

from typing import Any

# get_alarm_history: each dimension is a map of its name to its value; the newest change comes first; a function that
# returns one of two models has its result wrapped into `result`
HISTORY: dict[str, Any] = {
    "alarm_details": {
        "alarm_name": "carts-throttled",
        "alarm_description": "writes of the carts table are refused",
        "alarm_type": "MetricAlarm",
        "current_state": "ALARM",
        "metric_name": "WriteThrottleEvents",
        "namespace": "AWS/DynamoDB",
        "dimensions": [{"TableName": "carts"}],
        "threshold": 10.0,
        "comparison_operator": "GreaterThanThreshold",
        "evaluation_periods": 2,
        "period": 60,
        "statistic": "Sum",
        "alarm_rule": None,
    },
    "history_items": [
        {
            "alarm_name": "carts-throttled",
            "alarm_type": "MetricAlarm",
            "timestamp": "2026-03-01T11:50:00Z",
            "history_item_type": "StateUpdate",
            "history_summary": "Alarm updated from OK to ALARM",
            "old_state": "OK",
            "new_state": "ALARM",
            "state_reason": "Threshold Crossed: 2 datapoints were greater than the threshold (10.0).",
        },
        {
            "alarm_name": "carts-throttled",
            "alarm_type": "MetricAlarm",
            "timestamp": "2026-03-01T08:00:00Z",
            "history_item_type": "StateUpdate",
            "history_summary": "Alarm updated from INSUFFICIENT_DATA to OK",
            "old_state": "INSUFFICIENT_DATA",
            "new_state": "OK",
            "state_reason": "Threshold Crossed",
        },
    ],
    "time_range_suggestions": [
        {"start_time": "2026-03-01T11:40:00Z", "end_time": "2026-03-01T11:52:00Z", "reason": "around the change"}
    ],
    "has_more_results": False,
    "message": None,
}

# an alarm that does not exist is a good result
UNKNOWN: dict[str, Any] = HISTORY | {
    "alarm_details": {
        "alarm_name": "nobody",
        "alarm_description": "Alarm not found",
        "alarm_type": "Unknown",
        "current_state": "Unknown",
        "metric_name": None,
        "namespace": None,
        "dimensions": [],
        "threshold": None,
    },
    "history_items": [],
}

# get_active_alarms: each dimension has a Name and a Value
ACTIVE: dict[str, Any] = {
    "metric_alarms": [
        {
            "alarm_name": "carts-throttled",
            "alarm_description": None,
            "state_value": "ALARM",
            "state_reason": "Threshold Crossed, ask ada@example.com",
            "metric_name": "WriteThrottleEvents",
            "namespace": "AWS/DynamoDB",
            "dimensions": [{"Name": "TableName", "Value": "carts"}],
            "threshold": 10.0,
            "comparison_operator": "GreaterThanThreshold",
            "state_updated_timestamp": "2026-03-01T11:50:00Z",
            "alarm_type": "MetricAlarm",
        }
    ],
    "composite_alarms": [
        {
            "alarm_name": "shop-down",
            "alarm_description": None,
            "state_value": "ALARM",
            "state_reason": "carts-throttled is in ALARM",
            "alarm_rule": 'ALARM("carts-throttled")',
            "state_updated_timestamp": "2026-03-01T11:51:00Z",
            "alarm_type": "CompositeAlarm",
        }
    ],
    "has_more_results": True,
    "message": "Showing 2 alarms (more available)",
}
NONE_ACTIVE: dict[str, Any] = {
    "metric_alarms": [],
    "composite_alarms": [],
    "has_more_results": False,
    "message": "No active alarms found",
}

# execute_log_insights_query: rows are maps, times are UTC without a zone; a failed query is a good result
ERRORS: dict[str, Any] = {
    "queryId": "5f0c",
    "status": "Complete",
    "statistics": {"recordsMatched": 40.0, "recordsScanned": 900.0, "bytesScanned": 120000.0},
    "results": [
        {
            "@message": "ERROR cannot write the cart: ProvisionedThroughputExceededException",
            "count": "37",
            "first": "2026-03-01 11:49:02.000",
            "last": "2026-03-01 11:59:58.500",
        },
        {
            "@message": "ERROR token=0123456789abcdefghij refused",
            "count": "3",
            "first": "1772365742000",
            "last": "",
        },
    ],
}
NO_ERRORS: dict[str, Any] = ERRORS | {"results": []}
QUERY_FAILED: dict[str, Any] = {
    "queryId": "",
    "status": "Error",
    "message": "Error executing CloudWatch Logs Insights query: An error occurred (AccessDeniedException)",
    "results": [],
}
QUERY_SLOW: dict[str, Any] = {
    "queryId": "5f0c",
    "status": "Polling Timeout",
    "message": "Query 5f0c did not complete within 30 seconds.",
    "results": [],
}

# get_metric_data
SERIES: dict[str, Any] = {
    "metricDataResults": [
        {
            "id": "m1",
            "label": "WriteThrottleEvents",
            "statusCode": "Complete",
            "datapoints": [
                {"timestamp": "2026-03-01T11:50:00Z", "value": 12.0},
                {"timestamp": "2026-03-01T11:51:00Z", "value": 40.0},
            ],
            "messages": [],
        }
    ],
    "messages": [],
}
