"""Series out of GetMetricData: one call for many queries, a period that the age of the data allows, complete pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from mcp_servers.contract.facts import Coverage
from mcp_servers.kit.aws import Account
from mcp_servers.kit.errors import TeachingError
from mcp_servers.kit.levels import Point, filled

POINTS = 1440  # of one series; a longer window is read with a longer period
PAGES = 10
GROWING = ("Sum", "SampleCount")  # what a period has of them before it is over is only a part
LATE = 120.0  # seconds that a counter's absent points are not yet taken for zero
RETENTION = ((timedelta(hours=3), 60), (timedelta(days=15), 300), (timedelta(days=63), 3600))


@dataclass(frozen=True)
class Query:
    namespace: str
    metric: str
    dimensions: dict[str, str]
    statistic: str
    role: str = ""
    absent_is_zero: bool = False


@dataclass
class Fetched:
    """`points[i]` belongs to the i-th query. `period` is what was asked in the end, in seconds."""

    as_of: datetime
    start: datetime
    end: datetime
    period: int
    points: list[list[Point]] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)

    @property
    def until(self) -> float:
        """Seconds since 1970 up to which there can be data: the window's end, or the service's now."""
        return min(self.end, self.as_of).timestamp()

    @property
    def data_until(self) -> float | None:
        """The end of the last period that any of the series has a point for."""
        last = [series[-1][0] for series in self.points if series]
        return max(last) + self.period if last else None

    def with_zeros(self, number: int, query: Query) -> tuple[list[Point], int]:
        """The series of a query, and how many absent points of a counter were taken for zero in it."""
        points = self.points[number]
        if not query.absent_is_zero or not points:
            return points, 0
        until = max(points[-1][0] + self.period, min(self.end.timestamp(), self.as_of.timestamp() - LATE))
        whole = filled(points, self.start.timestamp(), until, self.period)
        return whole, len(whole) - len(points)


def fetch(account: Account, queries: Sequence[Query], start: datetime, end: datetime, period: int) -> Fetched:
    """All series over the window. Asks once more with a longer period where the data's age demands it."""
    period = _fitting(period, start, end)
    fetched = _fetch(account, queries, start, end, period)
    age = fetched.as_of - start
    kept = max((least for limit, least in RETENTION if age > limit), default=1)
    if kept > period and not any(fetched.points):
        fetched = _fetch(account, queries, start, end, kept)
        fetched.coverage.append(
            Coverage(looked_at="resolution", state="partial", detail=f"data of that age is kept per {kept} s only")
        )
    return fetched


def _fetch(account: Account, queries: Sequence[Query], start: datetime, end: datetime, period: int) -> Fetched:
    start = datetime.fromtimestamp(start.timestamp() // period * period, UTC)
    pages = account.pages(
        "cloudwatch",
        "get_metric_data",
        limit=PAGES,
        MetricDataQueries=[_written(f"m{i}", query, period) for i, query in enumerate(queries)],
        StartTime=start,
        EndTime=end,
        ScanBy="TimestampAscending",
    )
    found: dict[str, list[Point]] = {}
    states: dict[str, str] = {}
    for page in pages:
        for result in page["MetricDataResults"]:
            at = [moment.timestamp() for moment in result["Timestamps"]]
            found.setdefault(result["Id"], []).extend(zip(at, map(float, result["Values"]), strict=True))
            states[result["Id"]] = result.get("StatusCode", "Complete")
    assert pages.as_of is not None
    fetched = Fetched(pages.as_of, start, end, period)
    fetched.points = [_settled(sorted(found.get(f"m{i}", [])), query, fetched) for i, query in enumerate(queries)]
    fetched.coverage = [
        _covered(query, states.get(f"m{i}", "Complete"), pages.cut, fetched) for i, query in enumerate(queries)
    ]
    return fetched


def _settled(points: list[Point], query: Query, fetched: Fetched) -> list[Point]:
    """Without a last period that is not over and so far holds less than the one before: it may yet come to as much."""
    if query.statistic not in GROWING or len(points) < 2 or points[-1][0] + fetched.period <= fetched.as_of.timestamp():
        return points
    return points[:-1] if points[-1][1] < points[-2][1] else points


def known_dimensions(account: Account, namespace: str, metric: str = "", **dimensions: str) -> list[dict[str, Any]]:
    """Metrics that ListMetrics knows: `name`, `namespace`, `dimensions`. An empty value matches any."""
    filters = [{"Name": n, "Value": v} if v else {"Name": n} for n, v in dimensions.items()]
    params: dict[str, Any] = {"Namespace": namespace} if namespace else {}
    params |= {"MetricName": metric} if metric else {}
    params |= {"Dimensions": filters} if filters else {}
    return [
        {
            "namespace": found["Namespace"],
            "metric": found["MetricName"],
            "dimensions": {pair["Name"]: pair["Value"] for pair in found.get("Dimensions", [])},
        }
        for page in account.pages("cloudwatch", "list_metrics", limit=4, **params)
        for found in page.get("Metrics", [])
    ]


def _fitting(period: int, start: datetime, end: datetime) -> int:
    if period not in (1, 5, 10, 30) and (period < 60 or period % 60):
        raise TeachingError("bad_request", f"period={period}", "a period is 1, 5, 10, 30 or a multiple of 60 seconds.")
    least = (end - start).total_seconds() / POINTS
    if period >= least:
        return period
    whole = period if period % 60 == 0 else 60  # so many of it as sums of unequal numbers of points would not do
    return -(-int(least) // whole) * whole or whole


def _written(name: str, query: Query, period: int) -> dict[str, Any]:
    dimensions = [{"Name": n, "Value": v} for n, v in sorted(query.dimensions.items())]
    metric = {"Namespace": query.namespace, "MetricName": query.metric, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": metric, "Period": period, "Stat": query.statistic}}


def _covered(query: Query, state: str, cut: bool, fetched: Fetched) -> Coverage:
    whole = state == "Complete" and not cut
    return Coverage(
        looked_at=f"metric {query.namespace}/{query.metric} ({query.statistic}, {fetched.period} s)",
        state="complete" if whole else ("denied" if state == "Forbidden" else "truncated"),
        start=fetched.start,
        end=min(fetched.end, max(fetched.as_of, fetched.start)),
        detail="" if whole else f"GetMetricData said {state}" + (f" and had more than {PAGES} pages" if cut else ""),
    )
