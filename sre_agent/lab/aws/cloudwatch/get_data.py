"""GetMetricData and GetMetricStatistics."""

from __future__ import annotations

from typing import Any

from sre_agent.lab.aws.cloudwatch.evaluation import Evaluation, Stat, read_queries
from sre_agent.lab.aws.cloudwatch.statistics import Points, check_period, check_statistic
from sre_agent.lab.aws.errors import AwsError
from sre_agent.lab.world import World

QUERIES = 500
DATAPOINTS = 100_800
STATISTICS_DATAPOINTS = 1_440


def get_metric_data(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Each returned query's series, in pages of MaxDatapoints."""
    written = params.get("MetricDataQueries") or []
    if not written or len(written) > QUERIES:
        raise AwsError("ValidationError", f"MetricDataQueries needs 1 to {QUERIES} entries, not {len(written)}")
    start, end = window(params)
    queries = read_queries(written)
    evaluation = Evaluation(world, queries, start, end)
    rising = params.get("ScanBy") == "TimestampAscending"
    results: list[dict[str, Any]] = []
    for query in queries:
        if not query.returned:
            continue
        for line in evaluation.lines(query):
            points = sorted(_inside(line.points, start, end, evaluation.period(query)).items(), reverse=not rising)
            times, values = [t for t, _ in points], [v for _, v in points]
            results.append({"Id": query.id, "Label": line.label, "Timestamps": times, "Values": values})
    return _page(results, int(params.get("MaxDatapoints") or DATAPOINTS), params.get("NextToken"))


def get_metric_statistics(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """The datapoints of one metric with all statistics asked for."""
    start, end = window(params)
    period = check_period(params.get("Period"))
    wanted = [*(params.get("Statistics") or []), *(params.get("ExtendedStatistics") or [])]
    if not wanted:
        raise AwsError("MissingParameter", "Must specify either Statistics or ExtendedStatistics")
    if (end - start) / period > STATISTICS_DATAPOINTS:
        asked = int((end - start) / period)
        text = f"You have requested up to {asked} datapoints, which exceeds the limit of {STATISTICS_DATAPOINTS}."
        raise AwsError("InvalidParameterCombination", text)
    dimensions = {d["Name"]: d["Value"] for d in params.get("Dimensions") or []}
    rows: dict[float, dict[str, Any]] = {}
    for name in wanted:
        where = str(params.get("Namespace")), str(params.get("MetricName"))
        stat = Stat(*where, dimensions, check_statistic(name), period, str(params.get("Unit") or ""))
        series = world.metrics.get(*where, dimensions)
        for time, value in stat.points(world, start // period * period, end).items():
            row = rows.setdefault(time, {"Timestamp": time, "Unit": series.unit if series else "None"})
            if name in (params.get("Statistics") or []):
                row[name] = value
            else:
                row.setdefault("ExtendedStatistics", {})[name] = value
    return {"Label": params.get("MetricName"), "Datapoints": [rows[time] for time in sorted(rows)]}


def window(params: dict[str, Any]) -> tuple[float, float]:
    """StartTime and EndTime in epoch seconds; AwsError ValidationError unless one comes before the other."""
    start, end = params.get("StartTime"), params.get("EndTime")
    if not isinstance(start, int | float) or not isinstance(end, int | float) or start >= end:
        raise AwsError("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")
    return float(start), float(end)


def _inside(points: Points, start: float, end: float, period: int) -> Points:
    first = start // period * period
    return {time: value for time, value in points.items() if first <= time < end}


def _page(results: list[dict[str, Any]], size: int, token: str | None) -> dict[str, Any]:
    """`size` datapoints from the place that `token` names, over all results in order."""
    skipped = int(token) if token and token.isdigit() else 0
    left, page = size, []
    total = sum(len(result["Values"]) for result in results)
    for result in results:
        count = len(result["Values"])
        begin = min(skipped, count)
        skipped -= begin
        taken = min(left, count - begin)
        left -= taken
        status = "Complete" if begin + taken == count else "PartialData"
        if taken or (not count and not token):
            part = slice(begin, begin + taken)
            shown = {"Timestamps": result["Timestamps"][part], "Values": result["Values"][part]}
            page.append({**result, **shown, "StatusCode": status})
    answer: dict[str, Any] = {"MetricDataResults": page, "Messages": []}
    reached = (int(token) if token and token.isdigit() else 0) + size
    return {**answer, "NextToken": str(reached)} if reached < total else answer
