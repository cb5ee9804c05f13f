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


def queries(account: AwsAccount, kind: str, name: str, asked: str) -> tuple[list[SeriesQuery], list[Coverage]]:
    """The series of the kind for this name, and what could not be looked up. Raises TeachingError `not_found`."""
    if kind in FOUND_BY:
        return _found(account, kind, name, asked), []
    asked_for: list[SeriesQuery] = []
    coverage: list[Coverage] = []
    for known in SETS[kind]:
        if known.role != "throttled.requests":
            dims = {known.dimension: name}
            asked_for.append(
                SeriesQuery(known.namespace, known.metric, dims, known.statistic, known.role, known.absent_is_zero)
            )
            continue
        try:
            listed = known_dimensions(account, known.namespace, known.metric, **{known.dimension: name})
        except TeachingError as problem:
            coverage.append(gap(problem, f"which {known.metric} there are"))
            continue
        asked_for += [
            SeriesQuery(known.namespace, known.metric, found["dimensions"], known.statistic, known.role, True)
            for found in listed
        ]
    return asked_for, coverage


def _found(account: AwsAccount, kind: str, name: str, asked: str) -> list[SeriesQuery]:
    """The metrics that carry the name in one of the kind's dimensions."""
    values: set[str] = set()
    for dimension in FOUND_BY[kind]:
        listed = known_dimensions(account, "", **{dimension: ""})
        values |= {bare(found["dimensions"][dimension]) for found in listed}
        hits = [
            found for found in listed if name in (found["dimensions"][dimension], bare(found["dimensions"][dimension]))
        ]
        if hits:
            hits.sort(key=lambda found: (len(found["dimensions"]), found["namespace"], found["metric"]))
            return [_query(found) for found in hits]
    dimensions = ", ".join(FOUND_BY[kind])
    wrong = f"no metric of the last two weeks has it in a dimension {dimensions}."
    raise TeachingError("not_found", asked, wrong, offer(near(name, values)))


def companions(account: AwsAccount, query: SeriesQuery) -> tuple[list[SeriesQuery], list[Coverage]]:
    """Other metrics of the same dimensions, which tell whether the program that sends a sparse counter is alive; and
    the gap where they cannot be listed: then nothing is known after the counter's last point."""
    if not query.absent_is_zero or query.namespace.startswith(OF_AWS):
        return [], []
    try:
        listed = known_dimensions(account, query.namespace, **query.dimensions)
    except TeachingError as problem:
        return [], [gap(problem, f"metrics beside {query.metric}")]
    same = [one for one in listed if one["dimensions"] == query.dimensions and one["metric"] != query.metric]
    return [_query(found) for found in same[:COMPANIONS]], []


def refuse_unknown(account: AwsAccount, kind: str, name: str, asked: str) -> list[Coverage]:
    """Without any data: is there such a resource at all? Raises not_found when CloudWatch knows others only."""
    if kind in FOUND_BY:
        return []
    known = SETS[kind][0]
    try:
        listed = known_dimensions(account, known.namespace, **{known.dimension: ""})
    except TeachingError as problem:
        return [gap(problem, f"names of kind {kind}")]
    names = {found["dimensions"][known.dimension] for found in listed}
    if name in names:
        return []
    wrong = f"CloudWatch has no {known.namespace} metric with {known.dimension}={name} in the last two weeks."
    raise TeachingError("not_found", asked, wrong, offer(near(name, names)))


def _query(found: dict[str, Any]) -> SeriesQuery:
    metric = found["metric"]
    return SeriesQuery(
        found["namespace"], metric, found["dimensions"], statistic_for(metric), absent_is_zero=absent_is_zero(metric)
    )
