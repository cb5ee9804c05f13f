"""What stands in the AWS account: tables, alarms, runbooks."""

from __future__ import annotations

from typing import Any, Literal

from sre_agent.lab.scenario.part import Part


class Table(Part):
    """A DynamoDB table with provisioned capacity."""

    name: str
    key: str
    read_units: int = 5
    write_units: int = 5


class Alarm(Part):
    """A CloudWatch metric alarm, in the words of PutMetricAlarm; period 10 s unless said otherwise."""

    name: str
    description: str = ""
    metric_namespace: str
    metric: str
    dimensions: dict[str, str] = {}
    statistic: str = "Sum"
    period: int = 10
    evaluation_periods: int = 1
    datapoints_to_alarm: int | None = None
    threshold: float = 0.0
    comparison: str = "GreaterThanThreshold"
    treat_missing_data: Literal["missing", "ignore", "breaching", "notBreaching"] = "notBreaching"


class Runbook(Part):
    """An SSM Automation document, given as the document itself."""

    name: str
    content: dict[str, Any]
    tags: dict[str, str] = {}
