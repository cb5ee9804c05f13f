"""Which statistic a metric is read by where nobody names one: the one that tells what the metric is for.

A mean of errors per request says nothing, a sum of utilisation neither, and a mean of durations hides the slow ones.
"""

from __future__ import annotations

from typing import Final

from mcp_servers.cloudwatch.reads.metric_sets import SETS, statistic_for

# Durations whose single values CloudWatch keeps, so that a percentile can be had.
PERCENTILES: Final = frozenset(
    {
        ("AWS/Lambda", "Duration"),
        ("AWS/ApplicationELB", "TargetResponseTime"),
        ("AWS/ELB", "Latency"),
        ("AWS/ApiGateway", "Latency"),
        ("AWS/ApiGateway", "IntegrationLatency"),
        ("AWS/S3", "TotalRequestLatency"),
        ("AWS/S3", "FirstByteLatency"),
    }
)
SLOWEST: Final = ("latency", "duration", "responsetime", "lag", "ageofoldestmessage", "iteratorage")
COUNTS: Final = (
    "errors",
    "count",
    "requests",
    "throttles",
    "faults",
    "invocations",
    "evictions",
    "timeouts",
    "retries",
)
GAUGES: Final = ("hostcount", "connectioncount", "podcount", "nodecount", "instancecount", "taskcount", "queuedepth")


def default_statistic(namespace: str, metric: str) -> str:
    """p99 where single durations are kept, else what the kind's table names, else by the metric's name: Maximum for
    durations, lags and ages, Sum for counts, Average for the rest."""
    if (namespace, metric) in PERCENTILES:
        return "p99"
    resource_kind = next(
        (k for kind in SETS.values() for k in kind if (k.namespace, k.metric) == (namespace, metric)), None
    )
    if resource_kind is not None:
        return resource_kind.statistic
    low = metric.lower().replace("_", "")
    if low.endswith(SLOWEST):
        return "Maximum"
    if low.endswith(GAUGES):
        return "Average"
    return "Sum" if low.endswith(COUNTS) else statistic_for(metric)


def chosen_for(metric: str, statistic: str) -> str:
    """That and why nobody chose it, for the answer."""
    return f"{statistic} was used, the default for {metric}; `statistic` chooses another."
