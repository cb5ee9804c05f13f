"""From series to facts: what a table's and a database's metrics say beyond their levels. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean, median
from typing import Any, Final

from mcp_servers.cloudwatch.observe import databases as extract_databases
from mcp_servers.cloudwatch.observe import functions as extract_functions
from mcp_servers.cloudwatch.observe import network as extract_network
from mcp_servers.cloudwatch.observe import queues as extract_queues
from mcp_servers.cloudwatch.observe import requests as extract_requests
from mcp_servers.cloudwatch.observe import work as extract_serving
from mcp_servers.cloudwatch.reads.metric_sets import SETS
from mcp_servers.cloudwatch.reads.series import SeriesQuery
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.signals.series.level_facts import MeasuredSeries, observed
from mcp_servers.signals.series.levels import Level, Point, filled, level

TAIL = 2  # periods that decide about "now"
LEAST_SHARE = 0.25  # of a period that must have been throttled for its numbers to be scaled up
NOT_ALL = frozenset(resource_kind.metric for kind in SETS.values() for resource_kind in kind if resource_kind.not_all)
OF_NOW = ("requests.served", "queue.worked_off", "table.within_capacity")  # worth nothing once they are old
WRITING = ("Put", "Update", "Delete", "BatchWrite", "TransactWrite")


@dataclass(frozen=True)
class ResourceMetrics:
    """The subject and its series over [start, data_until) in steps of `period` seconds; `until` is the window's end,
    `counted_until` that of the last period whose counters are all published."""

    subject: Subject
    series: Sequence[tuple[SeriesQuery, list[Point]]]
    start: float
    until: float
    data_until: float
    period: int
    counted_until: float = math.inf

    def role(self, role: str) -> list[Point]:
        return next((points for query, points in self.series if query.role == role and points), [])

    def points_of(self, metric: str) -> list[Point]:
        return next((points for query, points in self.series if query.metric == metric and points), [])

    def whole(self, metric: str) -> list[Point]:
        """A counter on the whole grid: absent points are zero where any series of the resource has data."""
        return self.grid(self.points_of(metric))

    def grid(self, points: list[Point]) -> list[Point]:
        return filled(points, self.start, min(self.data_until, self.counted_until), self.period)


def facts(resource: ResourceMetrics) -> list[Observation]:
    """The facts of its kind, and one `metric.*` for each series."""
    special = _SPECIAL.get(resource.subject.kind)
    observations = special(resource) if special else []
    if extract_serving.is_old(resource.data_until, resource.until):
        observations = [observation for observation in observations if observation.code not in OF_NOW]
    metrics = {o.attributes.get("metric") for o in observations if o.code.startswith("metric.")}
    return observations + [
        _level(resource, query, points, level)
        for query, points, level in judged_series(resource)
        if query.metric not in metrics and (points or query.metric not in NOT_ALL)
    ]


def _level(resource: ResourceMetrics, query: SeriesQuery, points: list[Point], level: Level) -> Observation:
    kind = resource.subject.kind
    level = extract_serving.over(kind, query.metric, points, level, resource.period)
    observation = observed(MeasuredSeries(resource.subject, query.metric, query.statistic, points), level)
    harmless = kind in ("Database", "Cache") and extract_databases.is_harmless(query.metric, level)
    if harmless or extract_serving.moves_little(kind, query.metric, level):
        return extract_serving.within_bounds(observation, level)
    return observation


def judged_series(resource: ResourceMetrics) -> list[tuple[SeriesQuery, list[Point], Level]]:
    """Each series with its level; absent points of counters are zero where any series of the resource has data."""
    series = []
    for query, points in resource.series:
        whole = resource.grid(points) if query.absent_is_zero else points
        series.append((query, whole, level(whole)))
    return series


def _table(resource: ResourceMetrics) -> list[Observation]:
    observations: list[Observation] = []
    throttled = False
    for direction in ("read", "write"):
        metric, points = _throttle_events(resource, direction)
        events = resource.grid(points)
        if not any(value for _, value in events):
            continue
        if any(value for _, value in events[-TAIL:]):
            throttled = True
            observations.append(_throttling(resource, direction, events))
        else:
            observations.append(_stop(resource, metric, events))
    if not throttled and (room := _room(resource)):
        observations.append(room)
    return observations


def _throttle_events(resource: ResourceMetrics, direction: str) -> tuple[str, list[Point]]:
    """Throttle events of one direction; where the table has none of that metric, throttled requests by operation."""
    if points := resource.role(f"throttled.{direction}"):
        return f"{direction.capitalize()}ThrottleEvents", points
    sums: dict[float, float] = {}
    for query, points in resource.series:
        operation = query.dimensions.get("Operation", "")
        if query.role == "throttled.requests" and operation:
            writes = operation.startswith(WRITING)
            for at, value in points if writes == (direction == "write") else ():
                sums[at] = sums.get(at, 0.0) + value
    return "ThrottledRequests", sorted(sums.items())


def _throttling(resource: ResourceMetrics, direction: str, events: list[Point]) -> Observation:
    first = next(at for at, value in events if value)
    consumption = _rates(resource, direction)
    during = [value for at, value in consumption if at >= first]
    attributes: dict[str, Any] = {
        "table": resource.subject.name,
        "direction": direction,
        "events": round(sum(value for _, value in events)),
        "refused": round(max(value for _, value in events) / resource.period, 2),
    }
    if during:
        attributes["consumed"] = round(max(during), 2)
    if capacity := resource.role(f"provisioned.{direction}"):
        attributes["provisioned"] = capacity[-1][1]
        rates = [(at, value / resource.period) for at, value in events]
        attributes["demand"] = round(_demand(rates, consumption, capacity[-1][1]), 2)
    return Observation(code="table.throttled", subject=resource.subject, at=_time(first), attributes=attributes)


def _demand(refused: list[Point], consumption: list[Point], capacity: float) -> float:
    """Units per second that were asked for at the worst.

    A surge rarely begins with a period: the first one holds calm seconds too and would hide most of the demand. How
    much of a period was throttled shows in what was consumed, which lies between the calm before and the capacity.
    """
    used = dict(consumption)
    first = next(at for at, value in refused if value)
    calm = median([value for at, value in consumption if at < first] or [0.0])
    worst = capacity
    for at, rate in refused:
        if rate:
            units = used.get(at, capacity)
            share = (units - calm) / (capacity - calm) if capacity > calm else 1.0
            throttled = min(1.0, max(LEAST_SHARE, share))
            worst = max(worst, max(units, capacity) + rate / throttled)
    return worst


def _stop(resource: ResourceMetrics, metric: str, events: list[Point]) -> Observation:
    hits = [at for at, value in events if value]
    level = Level(
        "back_to_normal",
        peak=max(value for _, value in events),
        onset=hits[0],
        recovered=hits[-1] + resource.period,
    )
    return observed(MeasuredSeries(resource.subject, metric, "Sum", events), level)


def _room(resource: ResourceMetrics) -> Observation | None:
    """Within capacity, told for the direction nearer to its limit; None when it is reached or nothing is known."""
    best: tuple[float, dict[str, Any]] | None = None
    for direction in ("read", "write"):
        consumption, capacity = _rates(resource, direction), resource.role(f"provisioned.{direction}")
        if not consumption:
            continue
        used = fmean(value for _, value in consumption[-TAIL:])
        attributes: dict[str, Any] = {"table": resource.subject.name, "consumed": round(used, 2)}
        share = 0.0
        if capacity:
            attributes["provisioned"] = capacity[-1][1]
            share = used / capacity[-1][1] if capacity[-1][1] else 1.0
        if best is None or share > best[0]:
            best = (share, attributes)
    if best is None or best[0] >= 1.0:
        return None
    at = _time(resource.data_until)
    return Observation(code="table.within_capacity", subject=resource.subject, at=at, attributes=best[1])


def _rates(resource: ResourceMetrics, direction: str) -> list[Point]:
    """Consumed capacity units per second."""
    points = resource.role(f"consumed.{direction}")
    return [(at, value / resource.period) for at, value in resource.grid(points)] if points else []


def _database(resource: ResourceMetrics) -> list[Observation]:
    serving = extract_databases.serving(resource.subject, resource.role("connections"), resource.until, resource.period)
    return [*serving, *extract_databases.database(resource.subject, resource.points_of)]


def _cache(resource: ResourceMetrics) -> list[Observation]:
    return extract_databases.cache(resource.subject, resource.points_of)


def _queue(resource: ResourceMetrics) -> list[Observation]:
    sent, received, deleted = (resource.whole(f"NumberOfMessages{what}") for what in ("Sent", "Received", "Deleted"))
    return extract_queues.observe(
        extract_queues.QueueMetrics(
            subject=resource.subject,
            period=resource.period,
            waiting=resource.points_of("ApproximateNumberOfMessagesVisible"),
            oldest=resource.points_of("ApproximateAgeOfOldestMessage"),
            sent=sent,
            received=received,
            deleted=deleted,
        )
    )


def _load(resource: ResourceMetrics) -> list[Observation]:
    levels = [(query.metric, points, level_) for query, points, level_ in judged_series(resource)]
    return extract_requests.observe(resource.subject, levels)


def _serving(resource: ResourceMetrics) -> list[Observation]:
    def counter(metric: str) -> list[Point]:
        return resource.whole(metric) if resource.points_of(metric) else []

    return extract_serving.work_observations(resource.subject, counter, resource.until, resource.period)


def _balancer(resource: ResourceMetrics) -> list[Observation]:
    targets = extract_network.targets(resource.subject, _named_series(resource))
    return [*_load(resource), *targets, *_serving(resource)]


def _nat(resource: ResourceMetrics) -> list[Observation]:
    return [*extract_network.nat(resource.subject, _named_series(resource)), *_serving(resource)]


def _function(resource: ResourceMetrics) -> list[Observation]:
    errors, runs = resource.whole("Errors"), resource.whole("Invocations")
    return [
        *_load(resource),
        *_serving(resource),
        *extract_functions.timeouts(resource.subject, resource.role("longest"), errors, runs),
    ]


def _named_series(resource: ResourceMetrics) -> list[extract_network.NamedSeries]:
    return [(query.metric, query.dimensions, points) for query, points in resource.series]


_SPECIAL: Final[dict[str, Callable[[ResourceMetrics], list[Observation]]]] = {
    "Table": _table,
    "Database": _database,
    "Cache": _cache,
    "Queue": _queue,
    "Service": _load,
    "LoadBalancer": _balancer,
    "NatGateway": _nat,
    "Function": _function,
}


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
