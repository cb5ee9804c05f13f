"""Series as `get_metric_data` answers them: values as data. What became of their level is not read out of them here,
because the server chooses the period itself and does not tell it."""

from __future__ import annotations

from typing import Any, Final

from sre_agent.toolbox.readers import ForeignCall, ForeignFacts

POINTS: Final = 60


def ask(arguments: dict[str, Any]) -> ForeignCall:
    dimensions = [{"name": key, "value": value} for key, value in (arguments.get("dimensions") or {}).items()]
    return ForeignCall(
        "get_metric_data",
        {
            "namespace": arguments["namespace"],
            "metric_name": arguments["metric"],
            "dimensions": dimensions,
            "statistic": arguments.get("statistic") or "Average",
            "start_time": arguments["start"],
            "end_time": arguments["end"],
            "target_datapoints": POINTS,
        },
    )


def read(arguments: dict[str, Any], content: Any, scope: str) -> ForeignFacts:
    name = f"{arguments['namespace']}/{arguments['metric']}"
    points = [
        {"at": point["timestamp"], "value": float(point["value"])}
        for result in content["metricDataResults"]
        for point in result["datapoints"]
    ]
    values = [point["value"] for point in points]
    about = f"{len(values)} values from {min(values):g} to {max(values):g}" if values else "no values"
    statistic = arguments.get("statistic") or "Average"
    return ForeignFacts(
        text=f"{name} ({statistic}): {about}.",
        looked_at=f"metric {name}",
        lacking="values only, at a period of the server's choice; their level was not judged",
        data={"series": points[-2 * POINTS :], "statistic": statistic},
        left_out={"points": len(points) - 2 * POINTS} if len(points) > 2 * POINTS else {},
    )
