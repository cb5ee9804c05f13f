"""The parameters of this server's tools, each described once: a client shows a model these words."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from mcp_servers.serving.amounts import Budget, Count
from mcp_servers.serving.inputs import Cursor as Cursor
from mcp_servers.serving.inputs import End as End
from mcp_servers.serving.inputs import Start as Start
from mcp_servers.serving.inputs import as_text

# Alarms and resources
AlarmName = Annotated[str, Field(description="Exact name of the alarm, e.g. payments-api-5xx.")]
AlarmPrefix = Annotated[str, Field(description="Alarm name prefix. Empty: all.")]
AlarmState = Annotated[
    Literal["", "OK", "ALARM", "INSUFFICIENT_DATA"], Field(description="Only alarms in this state. Empty: any.")
]
LookedForName = Annotated[str, Field(description="Name or part of it, e.g. orders. Empty: all resources.")]
Kinds = Annotated[
    list[Literal["Table", "Database", "Cache", "Queue", "Function", "LoadBalancer", "NatGateway"]] | None,
    Field(description='Only these kinds, e.g. ["Table"]. Default: all.'),
]
MeasuredKind = Annotated[
    Literal["Table", "Database", "Cache", "Service", "Queue", "Function", "LoadBalancer", "NatGateway"],
    Field(description="Kind of resource."),
]
RecordedKind = Annotated[
    Literal["Database", "Cache", "Queue", "Table", "Function", "Account"],
    Field(description="Kind of resource; Account: events of AWS itself."),
]
ResourceName = Annotated[str, Field(description="Exact name, e.g. orders; find_resources lists names.")]

# Metrics
MetricNamespace = Annotated[str, Field(description="CloudWatch namespace, e.g. AWS/DynamoDB.")]
Metric = Annotated[str, Field(description="Metric name, e.g. CPUUtilization.")]
Dimensions = Annotated[
    dict[str, str] | None, Field(description='All dimensions of the metric, e.g. {"TableName": "orders"}.')
]
Statistic = Annotated[
    str,
    Field(
        description="Average, Sum, Minimum, Maximum, SampleCount, p99. Empty: what suits the metric (Sum for counts,"
        " Average for use, p99 or Maximum for durations and ages), which the answer names."
    ),
]
Period = Annotated[Count, Field(description="Period in seconds: 60, 300, 3600.")]
Limit = Annotated[
    float | None, Field(description="Limit to compare with, in the metric's unit. Default: its own, if any.")
]
HistoryDays = Annotated[float, Field(description="Days before the window that serve as baseline, up to 30.")]
Neighbours = Annotated[bool, Field(description="Also report which metrics of the same dimensions moved with it.")]


class MetricName(BaseModel):
    """One metric: all of its dimensions, and the statistic (default: Sum for counters, Average for the rest)."""

    namespace: str
    metric: str
    dimensions: dict[str, str] = Field(default_factory=dict)
    statistic: str = ""


Symptom = Annotated[MetricName, Field(description="The metric that shows the symptom.")]
Candidates = Annotated[list[MetricName], Field(description="Up to 50 metrics to compare with it.")]

# Logs
LogGroups = Annotated[list[str], Field(description='Exact names of log groups, up to 50, e.g. ["/aws/lambda/pay"].')]
LogGroup = Annotated[str, Field(description="Exact name of one log group; list_log_groups lists them.")]
WorkloadName = Annotated[str, Field(description="Exact name of the Kubernetes workload, e.g. orders.")]
WorkloadNamespace = Annotated[str, Field(description="Its namespace, e.g. shop.")]
WorkloadKind = Annotated[str, Field(description="Its kind, e.g. Deployment.")]
ClusterName = Annotated[str, Field(description="Its cluster, as the answer is to call it.")]
LogGroupPrefix = Annotated[str, Field(description="Log group name prefix. Empty: all.")]
StreamPrefix = Annotated[str, Field(description="Log stream name prefix, e.g. a pod's name. Empty: all.")]
Insights = Annotated[
    str, Field(description="Logs Insights query: fields @timestamp, @message | filter @message like /timeout/.")
]
RowLimit = Annotated[Count, Field(description="Maximum number of rows.")]
MaxGb = Annotated[Budget, Field(description="Maximum gigabytes to scan; estimated before it runs.")]
Seconds = Annotated[Budget, Field(description="Timeout in seconds.")]
Text = Annotated[str, Field(description="Text to find, case-insensitive, e.g. timed out.")]
CountedText = Annotated[str, Field(description="Count lines with this text. Empty: error lines.")]
Regex = Annotated[bool, Field(description="Treat text as a regular expression.")]
BaselineStart = Annotated[
    str, BeforeValidator(as_text), Field(description="Start of the baseline. Empty: the window just before.")
]
BaselineEnd = Annotated[
    str, BeforeValidator(as_text), Field(description="End of the baseline; same as its start: no baseline.")
]
MostLines = Annotated[Count, Field(description="Maximum number of lines to read, up to 1000000.")]

# Causes
Alarmed = Annotated[str, Field(description="Name of the service in trouble, e.g. checkout.")]
Edges = Annotated[
    list[list[str]] | None,
    Field(description='Calls as [["caller", "callee"]]. Default: X-Ray\'s service graph.'),
]
