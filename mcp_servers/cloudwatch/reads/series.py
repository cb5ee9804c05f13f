"""Series out of GetMetricData: one call for many queries, a period that the age of the data allows, complete pages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from mcp_servers.contract.facts import Coverage
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.serving.errors import TeachingError
from mcp_servers.signals.series.levels import Point
from mcp_servers.signals.series.periods import Periods

POINTS = 1440  # of one series; a longer window is read with a longer period
PAGES = 10
GROWING = ("Sum", "SampleCount")  # what a period has of them before it is over is only a part
OF_AWS = "AWS/"  # namespaces that AWS itself sends to
RETENTION = ((timedelta(hours=3), 60), (timedelta(days=15), 300), (timedelta(days=63), 3600))


@dataclass(frozen=True)
class SeriesQuery:
    namespace: str
    metric: str
    dimensions: dict[str, str]
    statistic: str
    role: str = ""
    absent_is_zero: bool = False

    @property
    def grows(self) -> bool:
        return self.statistic in GROWING


@dataclass
class FetchedSeries:
    """`points[i]` belongs to the i-th query and holds whole periods alone. `period` is what was asked in the end, in
    seconds; `newest` is the start of the newest period with any data, by the queries' namespaces."""

    as_of: datetime
    start: datetime
    end: datetime
    period: int
    points: list[list[Point]] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)
    newest: dict[str, float] = field(default_factory=dict)

    def periods(self, query: SeriesQuery) -> Periods:
        """Which periods of a query are whole. What is sent to one namespace comes from one source."""
        start, end, as_of = (moment.timestamp() for moment in (self.start, self.end, self.as_of))
        return Periods(start, end, self.period, as_of, self.newest.get(query.namespace))

    @property
    def until(self) -> float:
        """Seconds since 1970 up to which there can be data: the window's end, or the service's now."""
        return min(self.end, self.as_of).timestamp()

    @property
    def data_until(self) -> float | None:
        """The end of the last whole period that any of the series has a point for."""
        last = [series[-1][0] for series in self.points if series]
        return max(last) + self.period if last else None

    def with_zeros(self, number: int, query: SeriesQuery) -> tuple[list[Point], int]:
        """The series of a query, and how many absent points of a counter were taken for zero in it."""
        points = self.points[number]
        if not query.absent_is_zero or not points:
            return points, 0
        whole = self.periods(query).with_zeros(points, alive_until=self.alive_until(query))
        return whole, len(whole) - len(points)

    def whole_until(self, query: SeriesQuery) -> datetime:
        """The end of what is told of a query: of the last whole period, or of the window where that is earlier."""
        periods = self.periods(query)
        until = periods.whole_until if query.grows else periods.over_until
        return max(self.start, min(self.end, datetime.fromtimestamp(until, UTC)))

    def counted_until(self, queries: Sequence[SeriesQuery]) -> float:
        """Up to when all of these counters are whole, in seconds since 1970: what is absent before that is zero."""
        return min((self.periods(query).whole_until for query in queries if query.absent_is_zero), default=math.inf)

    def alive_until(self, query: SeriesQuery) -> float:
        """Up to when the source of a counter is known to work: AWS itself always, a program while it sends anything."""
        if query.namespace.startswith(OF_AWS):
            return self.until
        return self.newest.get(query.namespace, 0.0) + self.period


def fetch(
    account: AwsAccount, queries: Sequence[SeriesQuery], start: datetime, end: datetime, period: int
) -> FetchedSeries:
    """All series over the window. Asks once more with a longer period where the data's age demands it."""
    period = _fitting(period, start, end)
    fetched_series = _fetch(account, queries, start, end, period)
    age = fetched_series.as_of - start
    finest = max((least for limit, least in RETENTION if age > limit), default=1)
    if finest > period and not any(fetched_series.points):
        fetched_series = _fetch(account, queries, start, end, finest)
        fetched_series.coverage.append(
            Coverage(
                looked_at="resolution",
                state="partial",
                detail=f"data of that age is only kept at a period of {finest} s",
            )
        )
    return fetched_series


def _fetch(
    account: AwsAccount, queries: Sequence[SeriesQuery], start: datetime, end: datetime, period: int
) -> FetchedSeries:
    start = datetime.fromtimestamp(start.timestamp() // period * period, UTC)
    pages = account.pages(
        "cloudwatch",
        "get_metric_data",
        limit=PAGES,
        MetricDataQueries=[_query_body(f"m{i}", query, period) for i, query in enumerate(queries)],
        StartTime=start,
        EndTime=end,
        ScanBy="TimestampAscending",
    )
    points_by_id: dict[str, list[Point]] = {}
    states: dict[str, str] = {}
    for page in pages:
        for result in page["MetricDataResults"]:
            at = [moment.timestamp() for moment in result["Timestamps"]]
            points_by_id.setdefault(result["Id"], []).extend(zip(at, map(float, result["Values"]), strict=True))
            states[result["Id"]] = result.get("StatusCode", "Complete")
    assert pages.as_of is not None
    fetched_series = FetchedSeries(pages.as_of, start, end, period)
    read = [sorted(points_by_id.get(f"m{i}", [])) for i in range(len(queries))]
    for query, points in zip(queries, read, strict=True):
        if points:
            fetched_series.newest[query.namespace] = max(points[-1][0], fetched_series.newest.get(query.namespace, 0.0))
    fetched_series.points = [
        fetched_series.periods(query).whole(points, grows=query.grows)
        for query, points in zip(queries, read, strict=True)
    ]
    fetched_series.coverage = [
        _coverage_of(query, states.get(f"m{i}", "Complete"), pages.cut, fetched_series)
        for i, query in enumerate(queries)
    ]
    return fetched_series


def known_dimensions(account: AwsAccount, namespace: str, metric: str = "", **dimensions: str) -> list[dict[str, Any]]:
    """Metrics that ListMetrics knows: `name`, `namespace`, `dimensions`. An empty value matches any."""
    filters = [{"Name": n, "Value": v} if v else {"Name": n} for n, v in dimensions.items()]
    params: dict[str, Any] = {"Namespace": namespace} if namespace else {}
    params |= {"MetricName": metric} if metric else {}
    params |= {"Dimensions": filters} if filters else {}
    return [
        {
            "namespace": metric["Namespace"],
            "metric": metric["MetricName"],
            "dimensions": {pair["Name"]: pair["Value"] for pair in metric.get("Dimensions", [])},
        }
        for page in account.pages("cloudwatch", "list_metrics", limit=4, **params)
        for metric in page.get("Metrics", [])
    ]


def _fitting(period: int, start: datetime, end: datetime) -> int:
    if period not in (1, 5, 10, 30) and (period < 60 or period % 60):
        raise TeachingError(
            "bad_request", f"period={period}", "the period must be 1, 5, 10, 30 or a multiple of 60 seconds."
        )
    least = (end - start).total_seconds() / POINTS
    if period >= least:
        return period
    whole = period if period % 60 == 0 else 60  # so many of it as sums of unequal numbers of points would not do
    return -(-int(least) // whole) * whole or whole


def _query_body(name: str, query: SeriesQuery, period: int) -> dict[str, Any]:
    dimensions = [{"Name": n, "Value": v} for n, v in sorted(query.dimensions.items())]
    metric = {"Namespace": query.namespace, "MetricName": query.metric, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": metric, "Period": period, "Stat": query.statistic}}


def _coverage_of(query: SeriesQuery, state: str, cut: bool, fetched_series: FetchedSeries) -> Coverage:
    whole = state == "Complete" and not cut
    return Coverage(
        looked_at=f"metric {query.namespace}/{query.metric} ({query.statistic}, {fetched_series.period} s)",
        state="complete" if whole else ("denied" if state == "Forbidden" else "truncated"),
        start=fetched_series.start,
        end=fetched_series.whole_until(query),
        detail=""
        if whole
        else f"GetMetricData returned {state}" + (f" and had more than {PAGES} pages" if cut else ""),
    )
