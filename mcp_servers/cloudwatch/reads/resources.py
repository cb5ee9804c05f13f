"""Which series tell how a resource is: from its kind and name to queries, near names where there are none."""

from __future__ import annotations

from typing import Any, Final

from mcp_servers.cloudwatch.reads.dimensions import bare
from mcp_servers.cloudwatch.reads.metric_sets import FOUND_BY, SETS, absent_is_zero, statistic_for
from mcp_servers.cloudwatch.reads.series import OF_AWS, SeriesQuery, known_dimensions
from mcp_servers.contract.facts import Coverage
from mcp_servers.serving.aws import AwsAccount, gap
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.near_names import near, offer

COMPANIONS: Final = 5


def queries(account: AwsAccount, kind: str, name: str, request: str) -> tuple[list[SeriesQuery], list[Coverage]]:
    """The series of the kind for this name, and what could not be looked up. Raises TeachingError `not_found`."""
    if kind in FOUND_BY:
        return _by_dimension(account, kind, name, request), []
    asked_for: list[SeriesQuery] = []
    coverage: list[Coverage] = []
    for resource_kind in SETS[kind]:
        if resource_kind.role != "throttled.requests":
            dims = {resource_kind.dimension: name}
            asked_for.append(
                SeriesQuery(
                    resource_kind.namespace,
                    resource_kind.metric,
                    dims,
                    resource_kind.statistic,
                    resource_kind.role,
                    resource_kind.absent_is_zero,
                )
            )
            continue
        try:
            metrics = known_dimensions(
                account, resource_kind.namespace, resource_kind.metric, **{resource_kind.dimension: name}
            )
        except TeachingError as problem:
            coverage.append(gap(problem, f"which {resource_kind.metric} there are"))
            continue
        asked_for += [
            SeriesQuery(
                resource_kind.namespace,
                resource_kind.metric,
                metric["dimensions"],
                resource_kind.statistic,
                resource_kind.role,
                True,
            )
            for metric in metrics
        ]
    return asked_for, coverage


def _by_dimension(account: AwsAccount, kind: str, name: str, request: str) -> list[SeriesQuery]:
    """The metrics that carry the name in one of the kind's dimensions."""
    values: set[str] = set()
    for dimension in FOUND_BY[kind]:
        metrics = known_dimensions(account, "", **{dimension: ""})
        values |= {bare(metric["dimensions"][dimension]) for metric in metrics}
        hits = [
            metric
            for metric in metrics
            if name in (metric["dimensions"][dimension], bare(metric["dimensions"][dimension]))
        ]
        if hits:
            hits.sort(key=lambda metric: (len(metric["dimensions"]), metric["namespace"], metric["metric"]))
            return [_query(metric) for metric in hits]
    dimensions = ", ".join(FOUND_BY[kind])
    wrong = f"no metric of the last two weeks has it in a dimension {dimensions}."
    raise TeachingError("not_found", request, wrong, offer(near(name, values)))


def companions(account: AwsAccount, query: SeriesQuery) -> tuple[list[SeriesQuery], list[Coverage]]:
    """Other metrics of the same dimensions, which tell whether the program that sends a sparse counter is alive; and
    the gap where they cannot be listed: then nothing is known after the counter's last point."""
    if not query.absent_is_zero or query.namespace.startswith(OF_AWS):
        return [], []
    try:
        metrics = known_dimensions(account, query.namespace, **query.dimensions)
    except TeachingError as problem:
        return [], [gap(problem, f"metrics beside {query.metric}")]
    same = [one for one in metrics if one["dimensions"] == query.dimensions and one["metric"] != query.metric]
    return [_query(metric) for metric in same[:COMPANIONS]], []


def refuse_unknown(account: AwsAccount, kind: str, name: str, request: str) -> list[Coverage]:
    """Without any data: is there such a resource at all? Raises not_found when CloudWatch knows others only."""
    if kind in FOUND_BY:
        return []
    resource_kind = SETS[kind][0]
    try:
        metrics = known_dimensions(account, resource_kind.namespace, **{resource_kind.dimension: ""})
    except TeachingError as problem:
        return [gap(problem, f"names of kind {kind}")]
    names = {metric["dimensions"][resource_kind.dimension] for metric in metrics}
    if name in names:
        return []
    namespace, dimension = resource_kind.namespace, resource_kind.dimension
    wrong = f"CloudWatch has no {namespace} metric with {dimension}={name} in the last two weeks."
    raise TeachingError("not_found", request, wrong, offer(near(name, names)))


def _query(entry: dict[str, Any]) -> SeriesQuery:
    metric = entry["metric"]
    return SeriesQuery(
        entry["namespace"], metric, entry["dimensions"], statistic_for(metric), absent_is_zero=absent_is_zero(metric)
    )
