"""What metrics of load balancers and NAT gateways say beyond their levels. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from mcp_servers.cloudwatch.reads.dimensions import bare
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.signals.series.levels import Point

RECENT: Final = 3  # points that tell how it is now
HEALTHY, UNHEALTHY, ERRORS = "HealthyHostCount", "UnHealthyHostCount", "ErrorPortAllocation"
NamedSeries = tuple[str, dict[str, str], list[Point]]  # metric, dimensions, points


def targets(subject: Subject, series: Iterable[NamedSeries]) -> list[Observation]:
    """The target groups some of whose targets fail their check now: of a group the newest points of all zones."""
    counts: dict[str, dict[str, list[float]]] = {}
    for metric, dimensions, points in series:
        group = dimensions.get("TargetGroup", "")
        if metric in (HEALTHY, UNHEALTHY) and points and "AvailabilityZone" not in dimensions:
            counts.setdefault(bare(group), {})[metric] = [value for _, value in points[-RECENT:]]
    targets = []
    for group, by_state in sorted(counts.items()):
        failing = by_state.get(UNHEALTHY, [])
        if not failing or min(failing) < 1:
            continue
        attributes = {
            "group": group,
            "healthy": round(by_state.get(HEALTHY, [0.0])[-1]),
            "unhealthy": round(failing[-1]),
        }
        targets.append(Observation(code="balancer.targets_unhealthy", subject=subject, attributes=attributes))
    return targets


def nat(subject: Subject, series: Iterable[NamedSeries]) -> list[Observation]:
    """That a NAT gateway found no port in the newest points, with how often in all of the window."""
    for metric, _, points in series:
        if metric == ERRORS and any(value for _, value in points[-RECENT:]):
            first = next(at for at, value in points if value)
            attributes = {"gateway": subject.name, "errors": round(sum(value for _, value in points))}
            at = datetime.fromtimestamp(first, UTC)
            return [Observation(code="nat.ports_exhausted", subject=subject, at=at, attributes=attributes)]
    return []
