"""What CloudWatch counted of a canary: requests, errors and time at the 95th percentile, in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from infra.checks.canary import Figures


def canary_figures(
    cloudwatch: Any,  # boto3 has no types
    namespace: str,
    dimensions: Mapping[str, str],
    metrics: Sequence[tuple[str, str]],
    since: datetime,
    until: datetime,
    *,
    units_per_second: int = 1,
) -> Figures:
    """`metrics` are names with statistics: of requests, errors and times, of which `units_per_second` make a second."""
    pairs = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    queries = [
        {
            "Id": f"m{number}",
            "MetricStat": {
                "Metric": {"Namespace": namespace, "MetricName": metric, "Dimensions": pairs},
                "Period": 60,
                "Stat": statistic,
            },
        }
        for number, (metric, statistic) in enumerate(metrics)
    ]
    results = cloudwatch.get_metric_data(MetricDataQueries=queries, StartTime=since, EndTime=until)["MetricDataResults"]
    values = {one["Id"]: one["Values"] for one in results}
    requests, errors, times = (values.get(f"m{number}", []) for number in range(3))
    slowest = max(times) / units_per_second if times else None
    return Figures(max(sum(requests), sum(errors)), sum(errors), slowest)
