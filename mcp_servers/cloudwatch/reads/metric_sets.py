"""Which metrics tell how a resource of each kind is: data, one line per metric.

`absent_is_zero` marks counters that AWS sends only when there is something to count. `{name}` in a dimension's value
is the resource's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mcp_servers.signals.series.analysis import MetricLimit


@dataclass(frozen=True)
class ResourceKind:
    """`dimension` carries the resource's name; `role` is what the extraction looks for.

    `not_all`: not every resource of the kind has it, so that its absence says nothing.
    """

    namespace: str
    metric: str
    statistic: str
    dimension: str
    role: str = ""
    absent_is_zero: bool = False
    not_all: bool = False


def _table(metric: str, statistic: str, role: str, *, absent_is_zero: bool = False) -> ResourceKind:
    return ResourceKind("AWS/DynamoDB", metric, statistic, "TableName", role, absent_is_zero)


def _database(metric: str, role: str = "", *, not_all: bool = False) -> ResourceKind:
    return ResourceKind("AWS/RDS", metric, "Average", "DBInstanceIdentifier", role, not_all=not_all)


def _cache(metric: str, statistic: str = "Average", *, absent_is_zero: bool = False) -> ResourceKind:
    return ResourceKind("AWS/ElastiCache", metric, statistic, "CacheClusterId", "", absent_is_zero, not_all=True)


SETS: Final[dict[str, tuple[ResourceKind, ...]]] = {
    "Table": (
        _table("ConsumedReadCapacityUnits", "Sum", "consumed.read", absent_is_zero=True),
        _table("ConsumedWriteCapacityUnits", "Sum", "consumed.write", absent_is_zero=True),
        _table("ProvisionedReadCapacityUnits", "Average", "provisioned.read"),
        _table("ProvisionedWriteCapacityUnits", "Average", "provisioned.write"),
        _table("ReadThrottleEvents", "Sum", "throttled.read", absent_is_zero=True),
        _table("WriteThrottleEvents", "Sum", "throttled.write", absent_is_zero=True),
        _table("ThrottledRequests", "Sum", "throttled.requests", absent_is_zero=True),
    ),
    "Database": (
        _database("DatabaseConnections", "connections"),
        _database("CPUUtilization", not_all=True),
        _database("FreeStorageSpace", not_all=True),
        _database("FreeableMemory", not_all=True),
        _database("ReadLatency", not_all=True),
        _database("WriteLatency", not_all=True),
        _database("DiskQueueDepth", not_all=True),
        _database("WriteIOPS", not_all=True),
        _database("ReplicaLag", not_all=True),
        _database("AuroraReplicaLag", not_all=True),
        _database("TransactionLogsGeneration", not_all=True),
        _database("BurstBalance", not_all=True),
        _database("CPUCreditBalance", not_all=True),
    ),
    "Cache": (
        _cache("DatabaseMemoryUsagePercentage"),
        _cache("EngineCPUUtilization"),
        _cache("CurrConnections"),
        _cache("CacheHitRate"),
        _cache("Evictions", "Sum"),
        _cache("AuthenticationFailures", "Sum", absent_is_zero=True),
        _cache("ReplicationLag"),
    ),
    "Queue": (
        ResourceKind("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", "QueueName"),
        ResourceKind("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", "QueueName"),
        ResourceKind("AWS/SQS", "NumberOfMessagesSent", "Sum", "QueueName", absent_is_zero=True),
        ResourceKind("AWS/SQS", "NumberOfMessagesReceived", "Sum", "QueueName", absent_is_zero=True),
        ResourceKind("AWS/SQS", "NumberOfMessagesDeleted", "Sum", "QueueName", absent_is_zero=True),
    ),
    "NatGateway": (
        ResourceKind("AWS/NATGateway", "ErrorPortAllocation", "Sum", "NatGatewayId", absent_is_zero=True),
        ResourceKind("AWS/NATGateway", "PacketsDropCount", "Sum", "NatGatewayId", absent_is_zero=True),
        ResourceKind("AWS/NATGateway", "ActiveConnectionCount", "Maximum", "NatGatewayId"),
        ResourceKind("AWS/NATGateway", "ConnectionAttemptCount", "Sum", "NatGatewayId"),
        ResourceKind("AWS/NATGateway", "ConnectionEstablishedCount", "Sum", "NatGatewayId"),
    ),
    "Function": (
        ResourceKind("AWS/Lambda", "Invocations", "Sum", "FunctionName", absent_is_zero=True),
        ResourceKind("AWS/Lambda", "Errors", "Sum", "FunctionName", absent_is_zero=True),
        ResourceKind("AWS/Lambda", "Throttles", "Sum", "FunctionName", absent_is_zero=True),
        ResourceKind("AWS/Lambda", "Duration", "Average", "FunctionName"),
        ResourceKind("AWS/Lambda", "Duration", "Maximum", "FunctionName", "longest"),
    ),
}

# Kinds whose metrics are found by ListMetrics: the dimensions that may carry the name. A load balancer's or target
# group's dimension value holds more than the name ("targetgroup/<name>/<id>", "app/<name>/<id>").
FOUND_BY: Final[dict[str, tuple[str, ...]]] = {
    "Service": ("Service", "ServiceName", "TargetGroup", "PodName"),
    "LoadBalancer": ("LoadBalancer", "LoadBalancerName"),
}
COUNTERS: Final = ("Count", "Requests", "Errors", "Faults", "Throttles", "4XX", "5XX", "Invocations")


def statistic_for(metric: str) -> str:
    """How a metric found by its name is summed up: counters by Sum, the rest (latency, use) by Average."""
    if metric.lower().endswith(("hostcount", "connectioncount", "podcount")):
        return "Average"
    return "Sum" if any(word.lower() in metric.lower() for word in COUNTERS) else "Average"


def absent_is_zero(metric: str) -> bool:
    """Whether a metric found by its name is a counter of failures, which is not sent while there are none."""
    return any(word in metric.lower() for word in ("5xx", "4xx", "error", "fault", "throttle"))


def limit_of(metric: str) -> MetricLimit | None:
    """What a metric cannot pass, as far as its name tells: shares end at 100 %, what is free or left ends at zero."""
    low = metric.lower()
    if low.startswith("free") or low.endswith("balance"):
        return MetricLimit(0.0, floor=True)
    return MetricLimit(100.0) if "utilization" in low or low.endswith("percent") else None
