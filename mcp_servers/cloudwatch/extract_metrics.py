"""From series to facts: what a table's and a database's metrics say beyond their levels. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean, median
from typing import Any

from mcp_servers.cloudwatch.series import Query
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.kit.level_facts import Measured, observed
from mcp_servers.kit.levels import Level, Point, filled, level

TAIL = 2  # periods that decide about "now"
LAG = 180.0  # seconds without a point before a silent metric counts as gone
LEAST_SHARE = 0.25  # of a period that must have been throttled for its numbers to be scaled up
WRITING = ("Put", "Update", "Delete", "BatchWrite", "TransactWrite")


@dataclass(frozen=True)
class Resource:
    """The subject and its series over [start, data_until) in steps of `period` seconds; `until` is the window's end."""

    subject: Subject
    series: Sequence[tuple[Query, list[Point]]]
    start: float
    until: float
    data_until: float
    period: int

    def role(self, role: str) -> list[Point]:
        return next((points for query, points in self.series if query.role == role and points), [])

    def grid(self, points: list[Point]) -> list[Point]:
        return filled(points, self.start, self.data_until, self.period)


def facts(resource: Resource) -> list[Observation]:
    """The facts of its kind, and one `metric.*` for each series."""
    special = {"Table": _table, "Database": _database}.get(resource.subject.kind)
    found = special(resource) if special else []
    told = {o.attributes.get("metric") for o in found if o.code.startswith("metric.")}
    return found + [
        observed(Measured(resource.subject, query.metric, query.statistic, points), judged)
        for query, points, judged in judged_series(resource)
        if query.metric not in told
    ]


def judged_series(resource: Resource) -> list[tuple[Query, list[Point], Level]]:
    """Each series with its level; absent points of counters are zero where any series of the resource has data."""
    found = []
    for query, points in resource.series:
        whole = resource.grid(points) if query.absent_is_zero else points
        found.append((query, whole, level(whole)))
    return found


def _table(resource: Resource) -> list[Observation]:
    found: list[Observation] = []
    throttled = False
    for direction in ("read", "write"):
        metric, points = _refused(resource, direction)
        events = resource.grid(points)
        if not any(value for _, value in events):
            continue
        if any(value for _, value in events[-TAIL:]):
            throttled = True
            found.append(_throttled(resource, direction, events))
        else:
            found.append(_stopped(resource, metric, events))
    if not throttled and (room := _room(resource)):
        found.append(room)
    return found


def _refused(resource: Resource, direction: str) -> tuple[str, list[Point]]:
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


def _throttled(resource: Resource, direction: str, events: list[Point]) -> Observation:
    first = next(at for at, value in events if value)
    consumed = _rates(resource, direction)
    during = [value for at, value in consumed if at >= first]
    attributes: dict[str, Any] = {
        "table": resource.subject.name,
        "direction": direction,
        "events": round(sum(value for _, value in events)),
        "refused": round(max(value for _, value in events) / resource.period, 2),
    }
    if during:
        attributes["consumed"] = round(max(during), 2)
    if provisioned := resource.role(f"provisioned.{direction}"):
        attributes["provisioned"] = provisioned[-1][1]
        rates = [(at, value / resource.period) for at, value in events]
        attributes["demand"] = round(_demand(rates, consumed, provisioned[-1][1]), 2)
    return Observation(code="table.throttled", subject=resource.subject, at=_time(first), attributes=attributes)


def _demand(refused: list[Point], consumed: list[Point], provisioned: float) -> float:
    """Units per second that were asked for at the worst.

    A surge rarely begins with a period: the first one holds calm seconds too and would hide most of the demand. How
    much of a period was throttled shows in what was consumed, which lies between the calm before and the capacity.
    """
    used = dict(consumed)
    first = next(at for at, value in refused if value)
    calm = median([value for at, value in consumed if at < first] or [0.0])
    worst = provisioned
    for at, rate in refused:
        if rate:
            taken = used.get(at, provisioned)
            share = (taken - calm) / (provisioned - calm) if provisioned > calm else 1.0
            throttled = min(1.0, max(LEAST_SHARE, share))
            worst = max(worst, max(taken, provisioned) + rate / throttled)
    return worst


def _stopped(resource: Resource, metric: str, events: list[Point]) -> Observation:
    hits = [at for at, value in events if value]
    judged = Level(
        "back_to_normal",
        peak=max(value for _, value in events),
        onset=hits[0],
        recovered=hits[-1] + resource.period,
    )
    return observed(Measured(resource.subject, metric, "Sum", events), judged)


def _room(resource: Resource) -> Observation | None:
    """Within capacity, told for the direction nearer to its limit; None when it is reached or nothing is known."""
    best: tuple[float, dict[str, Any]] | None = None
    for direction in ("read", "write"):
        consumed, provisioned = _rates(resource, direction), resource.role(f"provisioned.{direction}")
        if not consumed:
            continue
        used = fmean(value for _, value in consumed[-TAIL:])
        attributes: dict[str, Any] = {"table": resource.subject.name, "consumed": round(used, 2)}
        share = 0.0
        if provisioned:
            attributes["provisioned"] = provisioned[-1][1]
            share = used / provisioned[-1][1] if provisioned[-1][1] else 1.0
        if best is None or share > best[0]:
            best = (share, attributes)
    if best is None or best[0] >= 1.0:
        return None
    at = _time(resource.data_until)
    return Observation(code="table.within_capacity", subject=resource.subject, at=at, attributes=best[1])


def _rates(resource: Resource, direction: str) -> list[Point]:
    """Consumed capacity units per second."""
    points = resource.role(f"consumed.{direction}")
    return [(at, value / resource.period) for at, value in resource.grid(points)] if points else []


def _database(resource: Resource) -> list[Observation]:
    points = resource.role("connections")
    if not points:
        return []
    name = resource.subject.name
    ends = points[-1][0] + resource.period
    gone = resource.until - ends >= max(LAG, 3 * resource.period)
    some = [(at, value) for at, value in points if value > 0]
    if points[-1][1] > 0 and not gone:
        attributes: dict[str, Any] = {"database": name, "connections": round(points[-1][1])}
        return [
            Observation(
                code="database.available", subject=resource.subject, at=_time(points[-1][0]), attributes=attributes
            )
        ]
    if not some:
        return []
    attributes = {"database": name, "before": round(median(value for _, value in some)), "now": 0}
    silent = "no data for its connections any more" if gone and points[-1][1] > 0 else "no connections any more"
    since = some[-1][0] + resource.period
    return [
        Observation(
            code="database.unreachable",
            subject=resource.subject,
            at=_time(since),
            attributes=attributes,
            excerpt=silent,
        )
    ]


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
