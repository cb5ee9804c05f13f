"""GetMetricData and GetMetricStatistics."""

from __future__ import annotations

from typing import Any

from sre_lab.aws.cloudwatch.expressions.metric_data_queries import MetricDataQuery, read_queries
from sre_lab.aws.cloudwatch.metrics.selection import MetricStat, dimensions_of
from sre_lab.aws.cloudwatch.metrics.statistics import SIMPLE, check_period, check_statistic
from sre_lab.aws.cloudwatch.queries.evaluation import MetricMathEvaluation
from sre_lab.aws.cloudwatch.queries.labels import MetricLabels, read_zone
from sre_lab.aws.errors import AwsError
from sre_lab.world import World

QUERIES = 500
DATAPOINTS = 100_800
STATISTICS_DATAPOINTS = 1_440
DAY = 86_400.0
STARTS = ((63 * DAY, 3_600), (15 * DAY, 300), (3 * 3_600.0, 60))  # so old a start is rounded down to so many seconds
ORDERS = ("TimestampDescending", "TimestampAscending")
Result = dict[str, Any]


def get_metric_data(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Each returned query's series, in pages of MaxDatapoints; newest first unless ScanBy says otherwise."""
    raw_queries = params.get("MetricDataQueries") or []
    if not raw_queries or len(raw_queries) > QUERIES:
        raise AwsError("ValidationError", f"MetricDataQueries needs 1 to {QUERIES} entries, not {len(raw_queries)}")
    if params.get("ScanBy") not in (None, *ORDERS):
        raise AwsError("ValidationError", f"ScanBy is {' or '.join(ORDERS)}, not {params['ScanBy']!r}")
    start, end = window(params)
    start = _round_start(world.clock.now(), start)
    queries = read_queries(raw_queries)
    if not any(query.returns_data for query in queries):
        raise AwsError("ValidationError", "At least one element of MetricDataQueries should return data.")
    evaluation = MetricMathEvaluation(world, queries, start, end)
    labels = MetricLabels(world, read_zone(params.get("LabelOptions")))
    rising = params.get("ScanBy") == "TimestampAscending"
    results = [r for q in queries if q.returns_data for r in _results(evaluation, q, labels, start, end, rising)]
    return _page(results, _size(params), _offset(params.get("NextToken")))


def get_metric_statistics(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """The datapoints of one metric with all statistics asked for."""
    start, end = window(params)
    period = check_period(params.get("Period"))
    statistics = [*(params.get("Statistics") or []), *(params.get("ExtendedStatistics") or [])]
    if not statistics:
        text = "At least one of the parameters must be specified: Statistics, ExtendedStatistics."
        raise AwsError("MissingParameter", text)
    if unknown := [name for name in params.get("Statistics") or [] if name not in SIMPLE]:
        raise AwsError("InvalidParameterValue", f"The value {unknown[0]} for parameter Statistics is not supported.")
    if (end - start) / period > STATISTICS_DATAPOINTS:
        datapoints = int((end - start) / period)
        text = f"You have requested up to {datapoints} datapoints, which exceeds the limit of {STATISTICS_DATAPOINTS}."
        raise AwsError("InvalidParameterCombination", text + " You may reduce the datapoints requested by increasing "
                       "Period, or decreasing the time range.")  # fmt: skip
    dimensions = dimensions_of(params.get("Dimensions"))
    where = str(params.get("Namespace")), str(params.get("MetricName"))
    start = _round_start(world.clock.now(), start) // period * period
    rows: dict[float, dict[str, Any]] = {}
    for name in statistics:
        stat = MetricStat(*where, dimensions, check_statistic(name), period, str(params.get("Unit") or ""))
        series = stat.series(world)
        for time, value in stat.points(world, start, end).items():
            row = rows.setdefault(time, {"Timestamp": time, "Unit": series.unit if series else "None"})
            if name in SIMPLE:
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


def _round_start(now: float, start: float) -> float:
    step = next((step for age, step in STARTS if now - start > age), 1)
    return start // step * step


def _results(
    evaluation: MetricMathEvaluation,
    query: MetricDataQuery,
    labels: MetricLabels,
    start: float,
    end: float,
    rising: bool,
) -> list[Result]:
    lines, period = evaluation.lines(query), evaluation.period(query)
    many = isinstance(evaluation.value(query.id), list)
    results = []
    for line in lines:
        first = start // period * period
        points = sorted((time, value) for time, value in line.points.items() if first <= time < end)
        label = labels.of(query, line, many, points)
        if not rising:
            points.reverse()
        times, values = [t for t, _ in points], [v for _, v in points]
        results.append({"Id": query.id, "Label": label, "Timestamps": times, "Values": values})
    return results


def _size(params: dict[str, Any]) -> int:
    size = int(params.get("MaxDatapoints") or DATAPOINTS)
    if not 0 < size <= DATAPOINTS:
        raise AwsError("ValidationError", f"MaxDatapoints must be between 1 and {DATAPOINTS}, not {size}.")
    return size


def _offset(token: str | None) -> int:
    if token and not token.isdigit():
        raise AwsError("InvalidNextToken", f"The token {token!r} is not valid.")
    return int(token or 0)


def _page(results: list[Result], size: int, skipped: int) -> dict[str, Any]:
    """`size` datapoints from the place `skipped`, over all results in order."""
    first, left, page = skipped == 0, size, []
    total, end = sum(len(result["Values"]) for result in results), skipped + size
    for result in results:
        count = len(result["Values"])
        begin = min(skipped, count)
        skipped -= begin
        take = min(left, count - begin)
        left -= take
        status = "Complete" if begin + take == count else "PartialData"
        if take or (not count and first):
            part = slice(begin, begin + take)
            points = {"Timestamps": result["Timestamps"][part], "Values": result["Values"][part]}
            page.append({**result, **points, "StatusCode": status})
    answer: dict[str, Any] = {"MetricDataResults": page, "Messages": []}
    return {**answer, "NextToken": str(end)} if end < total else answer
