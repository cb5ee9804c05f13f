"""Who calls whom, and how the calls went: X-Ray's service graph over slices of time, as edges and series.

One graph sums up its whole window, so a series is made of one graph for each slice.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from mcp_servers.serving.aws import AwsAccount
from mcp_servers.signals.series.levels import Point

CLIENT: Final = "client"
PAGES: Final = 10
MEASURES: Final = ("response time", "faults", "errors")

Key = tuple[str, str]  # component, what is measured


@dataclass
class ServiceGraph:
    """`calls` names who calls whom; `series` are points at the slices' starts, one for each slice with requests.

    Response time is in seconds a request; faults (5xx) and errors (4xx, throttling) are shares of the requests.
    """

    calls: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    series: dict[Key, list[Point]] = field(default_factory=lambda: defaultdict(list))
    as_of: datetime | None = None
    truncated: bool = False

    @property
    def components(self) -> set[str]:
        return (
            set(self.calls)
            | {callee for callees in self.calls.values() for callee in callees}
            | {component for component, _ in self.series}
        )


def graph(account: AwsAccount, start: datetime, end: datetime, width: timedelta) -> ServiceGraph:
    """The graph of [start, end) in slices of `width` (at most six hours each). Raises TeachingError."""
    service_graph = ServiceGraph()
    since = start
    while since < end:
        pages = account.pages(
            "xray", "get_service_graph", limit=PAGES, StartTime=since, EndTime=min(end, since + width)
        )
        services = [service for page in pages for service in page.get("Services", [])]
        service_graph.as_of, service_graph.truncated = pages.as_of, service_graph.truncated or pages.cut
        _add(service_graph, services, since.timestamp())
        since += width
    return service_graph


def _add(service_graph: ServiceGraph, services: list[dict[str, Any]], at: float) -> None:
    names = {service["ReferenceId"]: service.get("Name", "") for service in services}
    totals: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for service in services:
        if service.get("Type") == CLIENT or not service.get("Name"):
            continue
        name = service["Name"]
        callees = {names.get(edge["ReferenceId"], "") for edge in service.get("Edges", [])} - {"", name}
        service_graph.calls[name] |= callees
        for what, number in _numbers(service.get("SummaryStatistics", {})).items():
            totals[name][what] += number
    for name, total in totals.items():
        if total["requests"]:
            for measure in MEASURES:
                service_graph.series[(name, measure)].append((at, total[measure] / total["requests"]))


def _numbers(statistics: dict[str, Any]) -> dict[str, float]:
    return {
        "requests": float(statistics.get("TotalCount", 0)),
        "response time": float(statistics.get("TotalResponseTime", 0.0)),
        "faults": float(statistics.get("FaultStatistics", {}).get("TotalCount", 0)),
        "errors": float(statistics.get("ErrorStatistics", {}).get("TotalCount", 0)),
    }
