"""Whether an alarm goes off for what was always so: how often its metric had crossed the threshold before."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from mcp_servers.cloudwatch.observe.alarms import dimensions, subject
from mcp_servers.cloudwatch.reads.series import SeriesQuery, fetch
from mcp_servers.contract.facts import Coverage, Observation
from mcp_servers.serving.aws import AwsAccount, gap
from mcp_servers.serving.errors import TeachingError
from mcp_servers.signals.series.level_facts import rounded
from mcp_servers.signals.series.levels import level

BEFORE: Final = timedelta(hours=3)  # as long as CloudWatch keeps seconds
LEAST: Final = 20  # periods from which a past tells anything
TIMES: Final = 2  # separate crossings before the one that is asked about
_CROSSED: Final[dict[str, Callable[[float, float], bool]]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def often_crossed(
    account: AwsAccount, alarm: dict[str, Any], now: datetime
) -> tuple[list[Observation], list[Coverage]]:
    """One fact where the metric keeps its level and crossed the threshold several times before the last time."""
    crosses = _CROSSED.get(str(alarm.get("ComparisonOperator")))
    statistic = alarm.get("Statistic") or alarm.get("ExtendedStatistic")
    if crosses is None or not alarm.get("MetricName") or not statistic or "Threshold" not in alarm:
        return [], []
    threshold, period = float(alarm["Threshold"]), int(alarm.get("Period") or 60)
    query = SeriesQuery(str(alarm.get("Namespace", "")), alarm["MetricName"], dimensions(alarm), str(statistic))
    looked_at = f"past of {query.namespace}/{query.metric}"
    try:
        points = fetch(account, [query], now - BEFORE, now, period).points[0]
    except TeachingError as problem:
        return [], [gap(problem, looked_at)]
    coverage = [Coverage(looked_at=looked_at, start=now - BEFORE, end=now)]
    over = [crosses(value, threshold) for _, value in points]
    runs = sum(1 for i, is_over in enumerate(over) if is_over and (i == 0 or not over[i - 1]))
    if len(points) < LEAST or runs <= TIMES or level(points).kind != "steady":
        return [], coverage
    values = [value for _, value in points]
    attributes = {
        "alarm": alarm["AlarmName"],
        "threshold": threshold,
        "crossed": sum(over),
        "of": len(over),
        "least": rounded(min(values)),
        "greatest": rounded(max(values)),
    }
    text = (
        f"{alarm['MetricName']} is steady between {attributes['least']} and {attributes['greatest']},"
        f" and crossed {threshold:g} in {sum(over)} of {len(over)} periods"
    )
    observation = Observation(
        code="alarm.often_crossed", subject=subject(alarm, account.scope), attributes=attributes, excerpt=text
    )
    return [observation], coverage
