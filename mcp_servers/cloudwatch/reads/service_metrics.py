"""CloudWatch's metrics of services by their names, those that are bad when they are high."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from mcp_servers.cloudwatch.reads.dimensions import bare
from mcp_servers.cloudwatch.reads.metric_sets import FOUND_BY, absent_is_zero, statistic_for
from mcp_servers.cloudwatch.reads.series import FetchedSeries, SeriesQuery, fetch, known_dimensions
from mcp_servers.contract.facts import Coverage
from mcp_servers.serving.aws import AwsAccount, gap
from mcp_servers.serving.errors import TeachingError

SERIES: Final = 300
_BAD_WHEN_HIGH = re.compile(
    r"latency|duration|time|error|fault|5xx|4xx|throttl|cpu|memory|utilization|queue|age|wait", re.I
)
_NOT = re.compile(r"limit$|request$|reserved|capacity|uptime|timestamp|healthy", re.I)


def find_queries(
    account: AwsAccount, metric_names: Iterable[str]
) -> tuple[list[tuple[str, SeriesQuery]], list[Coverage]]:
    """(service, query) for each metric that carries a wanted name (any name, when none is wanted) in a dimension."""
    names = set(metric_names)
    queries: list[tuple[str, SeriesQuery]] = []
    gaps: list[Coverage] = []
    for dimension in FOUND_BY["Service"]:
        try:
            metrics = known_dimensions(account, "", **{dimension: ""})
        except TeachingError as problem:
            return queries, [gap(problem, "metrics of the services")]
        for metric in metrics:
            service, name = bare(metric["dimensions"][dimension]), metric["metric"]
            if (not names or service in names) and _BAD_WHEN_HIGH.search(name) and not _NOT.search(name):
                zero = absent_is_zero(name)
                statistic = statistic_for(name)
                query = SeriesQuery(metric["namespace"], name, metric["dimensions"], statistic, absent_is_zero=zero)
                queries.append((service, query))
    if len(queries) > SERIES:
        detail = f"{len(queries)} exist, {SERIES} were read; use `edges` to name fewer services"
        gaps.append(Coverage(looked_at="metrics of the services", state="truncated", detail=detail))
    return queries[:SERIES], gaps


def fetch_queries(
    account: AwsAccount, series: list[tuple[str, SeriesQuery]], start: datetime, end: datetime, period: int
) -> tuple[FetchedSeries | None, list[Coverage]]:
    """The series, in the order of the queries; one coverage entry for all that were read whole."""
    if not series:
        return None, []
    try:
        fetched_series = fetch(account, [query for _, query in series], start, end, period)
    except TeachingError as problem:
        return None, [gap(problem, f"{len(series)} metrics of the services")]
    partly = [entry for entry in fetched_series.coverage if entry.state != "complete"]
    whole = Coverage(looked_at=f"{len(series) - len(partly)} metrics of the services", start=start, end=end)
    return fetched_series, [whole, *partly[:10]]
