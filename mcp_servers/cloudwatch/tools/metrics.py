"""Tools over metrics."""

from __future__ import annotations

import re
from typing import Any, Literal

from mcp_servers.cloudwatch import inputs
from mcp_servers.cloudwatch.observe.metrics import ResourceMetrics, facts, judged_series
from mcp_servers.cloudwatch.reads import resources
from mcp_servers.cloudwatch.reads.default_statistics import chosen_for, default_statistic
from mcp_servers.cloudwatch.reads.dimensions import about
from mcp_servers.cloudwatch.reads.metric_sets import absent_is_zero
from mcp_servers.cloudwatch.reads.series import SeriesQuery, fetch, known_dimensions
from mcp_servers.cloudwatch.reads.volumes import with_volumes
from mcp_servers.contract.facts import Answer, Subject
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import number, table
from mcp_servers.serving.near_names import near, offer
from mcp_servers.serving.registry import read_tool
from mcp_servers.serving.windows import rfc3339, window
from mcp_servers.signals.series.endings import ended_at, stop_observation
from mcp_servers.signals.series.level_facts import MeasuredSeries, observed, sentence, summary, thinned
from mcp_servers.signals.series.levels import level

SERIES = 20
POINTS_TOGETHER = 140  # of all series in one answer
STATISTICS = re.compile(r"^(Average|Sum|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d+)?|tm\d{1,2}|IQM)$")

Kind = Literal["Table", "Database", "Cache", "Service", "Queue", "Function", "LoadBalancer", "NatGateway"]


class Metrics:
    def __init__(self, account: AwsAccount) -> None:
        self._account = account

    @read_tool("Get a metric")
    def get_metric(
        self,
        namespace: inputs.MetricNamespace,
        metric: inputs.Metric,
        start: inputs.Start = "-1h",
        end: inputs.End = "now",
        dimensions: inputs.Dimensions = None,
        statistic: inputs.Statistic = "",
        period: inputs.Period = 60,
    ) -> Answer:
        """One metric over a window: did its level change, recover, or stay, or is there no data at all.

        `dimensions` must name all dimensions of the metric. For a full analysis (trends, spikes, limits, what
        moved with it) use analyze_metric; for a resource as a whole, analyze_resource.
        """
        is_default, statistic = not statistic, statistic or default_statistic(namespace, metric)
        request = f"get_metric({namespace}/{metric} {dimensions or {}}, {statistic}, {start} to {end})"
        since, until = window(start, end, self._account.now)
        query = queried(namespace, metric, dimensions or {}, statistic, request)
        beside, companion_gaps = resources.companions(self._account, query)
        fetched_series = fetch(self._account, [query, *beside], since, until, period)
        points, zeros = fetched_series.with_zeros(0, query)
        series = MeasuredSeries(
            about(namespace, metric, query.dimensions, self._account.scope), metric, statistic, points
        )
        ends = None if query.absent_is_zero else ended_at(points, fetched_series.until, fetched_series.period)
        metric_level = level([point for point in points if ends is None or point[0] < ends])
        hint = what_exists(self._account, query) if not points else ""
        lines = [
            f"{statistic} of {namespace}/{metric} {query.dimensions or ''} per {fetched_series.period} s: "
            f"{sentence(metric_level)}."
        ]
        lines += [chosen_for(metric, statistic)] if is_default else []
        lines += [hint] if hint else []
        lines += [f"{zeros} periods without data points count as zero."] if zeros else []
        whole_until = rfc3339(fetched_series.whole_until(query))
        lines += [f"Data up to {whole_until}, the end of the last whole period."] if points else []
        lines += [f"- {at} {number(value)}" for at, value in thinned(points, statistic, 12)]
        few = thinned(points, statistic)
        return Answer(
            text="\n".join(lines),
            as_of=fetched_series.as_of,
            data={
                "metric": plain(query, fetched_series.period),
                "complete_until": whole_until,
                "summary": summary(points),
                "points": few,
                "level": metric_level.kind,
            },
            observations=[
                observed(series, metric_level),
                *([stop_observation(series, ends, fetched_series.until)] if ends else []),
            ],
            coverage=[
                fetched_series.coverage[0],
                *fetched_series.coverage[len(fetched_series.points) :],
                *companion_gaps,
                *self._account.gaps(),
            ],
            left_out={"points": len(points) - len(few)} if len(points) > len(few) else {},
        )

    @read_tool("Analyze a resource")
    def analyze_resource(
        self,
        kind: inputs.MeasuredKind,
        name: inputs.ResourceName,
        start: inputs.Start = "-1h",
        end: inputs.End = "now",
        period: inputs.Period = 60,
    ) -> Answer:
        """Health of an AWS resource over a window, by the key metrics of its kind, in one call.

        `name` is the table's, database instance's, queue's, function's, service's (value of a dimension Service or
        part of a target group) or load balancer's name. A throttled table and a database without connections are
        recognised, and so are a growing queue, a surge of requests, and the resource that a database or cache lacks;
        each metric is reported by its level.
        """
        request = f"analyze_resource(kind={kind!r}, name={name!r}, {start} to {end})"
        since, until = window(start, end, self._account.now)
        queries, coverage = resources.queries(self._account, kind, name, request)
        left_out = {"series": len(queries) - SERIES} if len(queries) > SERIES else {}
        fetched_series = fetch(self._account, queries[:SERIES], since, until, period)
        subject = Subject(scope=self._account.scope, kind=kind, name=name)
        resource = ResourceMetrics(
            subject=subject,
            series=list(zip(queries[:SERIES], fetched_series.points, strict=True)),
            start=fetched_series.start.timestamp(),
            until=fetched_series.until,
            data_until=fetched_series.data_until or fetched_series.start.timestamp(),
            period=fetched_series.period,
            counted_until=fetched_series.counted_until(queries[:SERIES]),
        )
        if fetched_series.data_until is None:
            coverage += resources.refuse_unknown(self._account, kind, name, request)
        observations, volume_gaps = with_volumes(self._account, facts(resource))
        return Answer(
            text=_text(resource, observations),
            as_of=fetched_series.as_of,
            data={
                "resource": subject.short,
                "period": fetched_series.period,
                "complete_until": rfc3339(min(resource.data_until, resource.counted_until)),
                "metrics": _data(resource),
            },
            observations=observations,
            coverage=[*fetched_series.coverage, *coverage, *volume_gaps, *self._account.gaps()],
            left_out=left_out,
        )


def queried(namespace: str, metric: str, dimensions: dict[str, str], statistic: str, request: str) -> SeriesQuery:
    """The query for one metric. Raises TeachingError `bad_request` for a statistic that does not exist."""
    if not STATISTICS.match(statistic):
        raise TeachingError("bad_request", request, f"unknown statistic {statistic!r}.", "Use Average, Sum, p99 …")
    is_count = statistic in ("Sum", "SampleCount") and absent_is_zero(metric)
    return SeriesQuery(namespace, metric, dimensions, statistic, absent_is_zero=is_count)


def what_exists(account: AwsAccount, query: SeriesQuery) -> str:
    """What there is instead, when a metric has no data."""
    try:
        same = known_dimensions(account, query.namespace, query.metric)
        if same:
            some = "; ".join(str(entry["dimensions"]) for entry in same[:5])
            return f"No data for exactly these dimensions. The metric exists with: {some}."
        names = {entry["metric"] for entry in known_dimensions(account, query.namespace)}
    except TeachingError as problem:
        return f"Other metrics could not be listed: {problem}"
    if not names:
        return f"CloudWatch lists no metrics in the namespace {query.namespace}."
    return f"There is no metric {query.metric} in {query.namespace}. {offer(near(query.metric, names))}"


def plain(query: SeriesQuery, period: int) -> dict[str, Any]:
    """What was asked, as data."""
    return {
        "namespace": query.namespace,
        "metric": query.metric,
        "dimensions": query.dimensions,
        "statistic": query.statistic,
        "period": period,
    }


def _data(resource: ResourceMetrics) -> list[dict[str, Any]]:
    each = max(6, min(24, POINTS_TOGETHER // max(1, len(resource.series))))
    return [
        {
            **plain(query, resource.period),
            "level": level.kind,
            "summary": summary(points),
            "points": thinned(points, query.statistic, each),
        }
        for query, points, level in judged_series(resource)
    ]


def _text(resource: ResourceMetrics, observations: list[Any]) -> str:
    until = rfc3339(min(resource.data_until, resource.counted_until))
    lines = [f"{resource.subject.short} up to {until}, the end of the last whole period, per {resource.period} s:"]
    for observation in observations:
        if not observation.code.startswith("metric."):
            lines.append(f"- {observation.code}: " + ", ".join(f"{k} {v}" for k, v in observation.attributes.items()))
    rows = [
        [query.metric, query.statistic, sentence(level), ", ".join(f"{k}={v}" for k, v in query.dimensions.items())]
        for query, _, level in judged_series(resource)
    ]
    return "\n".join(lines) + "\n\n" + table(["metric", "statistic", "level", "dimensions"], rows)
