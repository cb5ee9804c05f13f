"""ListMetrics: which metrics there are, without their data."""

from __future__ import annotations

from typing import Any

from sre_lab.aws.cloudwatch.metrics.selection import visible
from sre_lab.aws.errors import AwsError
from sre_lab.world import World

PAGE = 500
RECENTLY = 3 * 3_600.0
LISTED = 14 * 86_400.0  # a metric without data for so long is no longer listed
DIMENSION_FILTERS = 10


def list_metrics(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """The metrics by namespace, name and dimensions, 500 to a page."""
    filters = [(d["Name"], d.get("Value")) for d in params.get("Dimensions") or []]
    if len(filters) > DIMENSION_FILTERS:
        text = f"The collection Dimensions must not have a size greater than {DIMENSION_FILTERS}."
        raise AwsError("InvalidParameterValue", text)
    recently = params.get("RecentlyActive")
    if recently not in (None, "PT3H"):
        text = f"The value {recently} for parameter RecentlyActive is invalid: PT3H is."
        raise AwsError("InvalidParameterValue", text)
    since = world.clock.now() - (RECENTLY if recently else LISTED)
    metrics = []
    for (namespace, name, dimensions), series in visible(
        world.metrics, params.get("Namespace") or "", params.get("MetricName") or ""
    ):
        values = dict(dimensions)
        if all(n in values and v in (None, values[n]) for n, v in filters) and series.times[-1] >= since:
            dimension_list = [{"Name": n, "Value": v} for n, v in dimensions]
            metrics.append({"Namespace": namespace, "MetricName": name, "Dimensions": dimension_list})
    start = _offset(params.get("NextToken"))
    answer: dict[str, Any] = {"Metrics": metrics[start : start + PAGE]}
    if params.get("IncludeLinkedAccounts"):
        answer["OwningAccounts"] = [world.cluster.account] * len(answer["Metrics"])
    return {**answer, "NextToken": str(start + PAGE)} if start + PAGE < len(metrics) else answer


def _offset(token: str | None) -> int:
    if token and not token.isdigit():
        raise AwsError("InvalidParameterValue", f"The value {token!r} for parameter NextToken is invalid.")
    return int(token or 0)
