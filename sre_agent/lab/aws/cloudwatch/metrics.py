"""ListMetrics and PutMetricData."""

from __future__ import annotations

from typing import Any

from sre_agent.lab.aws.cloudwatch.search import visible
from sre_agent.lab.aws.errors import AwsError
from sre_agent.lab.world import World

PAGE = 500
RECENTLY = 3 * 3600.0


def list_metrics(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """The metrics by namespace, name and dimensions, 500 to a page."""
    wanted = [(d["Name"], d.get("Value")) for d in params.get("Dimensions") or []]
    since = world.clock.now() - RECENTLY if params.get("RecentlyActive") else 0.0
    found = []
    for (namespace, name, dimensions), series in visible(
        world.metrics, params.get("Namespace") or "", params.get("MetricName") or ""
    ):
        held = dict(dimensions)
        if all(n in held and v in (None, held[n]) for n, v in wanted) and series.times[-1] >= since:
            shown = [{"Name": n, "Value": v} for n, v in dimensions]
            found.append({"Namespace": namespace, "MetricName": name, "Dimensions": shown})
    start = _offset(params.get("NextToken"))
    answer: dict[str, Any] = {"Metrics": found[start : start + PAGE]}
    return {**answer, "NextToken": str(start + PAGE)} if start + PAGE < len(found) else answer


def _offset(token: str | None) -> int:
    if token and not token.isdigit():
        raise AwsError("InvalidParameterValue", f"The value {token!r} for parameter NextToken is invalid.")
    return int(token or 0)


def put_metric_data(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Store single values, values with counts, and statistic sets."""
    namespace = str(params.get("Namespace") or "")
    if not namespace or namespace.startswith("AWS/"):
        raise AwsError("InvalidParameterValue", f"The value {namespace} for parameter Namespace is invalid.")
    for datum in params.get("MetricData") or []:
        dimensions = {d["Name"]: d["Value"] for d in datum.get("Dimensions") or []}
        at = float(datum.get("Timestamp") or world.clock.now())
        for value, count in _samples(datum):
            unit = datum.get("Unit") or "None"
            world.metrics.put(namespace, str(datum["MetricName"]), dimensions, at, value, unit=unit, count=count)
    return {}


def _samples(datum: dict[str, Any]) -> list[tuple[float, float]]:
    """(value, count) pairs with the same sum, extremes and number of observations."""
    if "Value" in datum:
        return [(float(datum["Value"]), 1.0)]
    if "Values" in datum:
        counts = datum.get("Counts") or [1.0] * len(datum["Values"])
        if len(counts) != len(datum["Values"]):
            text = "The parameters MetricData.Values and MetricData.Counts must be of the same size."
            raise AwsError("InvalidParameterValue", text)
        return [(float(value), float(count)) for value, count in zip(datum["Values"], counts, strict=True)]
    stats = datum.get("StatisticValues")
    if not stats:
        text = "At least one of the parameters must be specified: Value, Values, StatisticValues."
        raise AwsError("MissingParameter", text)
    number, total = float(stats["SampleCount"]), float(stats["Sum"])
    low, high = float(stats["Minimum"]), float(stats["Maximum"])
    if number <= 2:
        return [(low, 1.0), (high, 1.0)][: int(number)]
    return [(low, 1.0), (high, 1.0), ((total - low - high) / (number - 2), number - 2)]
