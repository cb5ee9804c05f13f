"""How long requests took, as the histogram that a service's own metrics library would keep."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

from sre_lab.scenario import Traffic
from sre_lab.world import World

NAME = "http_request_duration_seconds"
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # the usual ones of client libraries


@dataclass
class _Histogram:
    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    sum: float = 0.0


class RequestDurations:
    """`observe` collects; `expose` publishes the cumulative buckets, the count and the sum as a scrape sees them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._histograms: dict[tuple[str, str], _Histogram] = {}  # by namespace and service

    def observe(self, traffic: Traffic, seconds: float, number: int) -> None:
        histogram = self._histograms.setdefault((traffic.namespace, traffic.service), _Histogram())
        histogram.counts[bisect_left(BOUNDS, seconds)] += number
        histogram.sum += seconds * number

    def expose(self) -> None:
        for (namespace, service), histogram in self._histograms.items():
            labels, below = {"namespace": namespace, "service": service}, 0
            for bound, count in zip((*map(_bound_text, BOUNDS), "+Inf"), histogram.counts, strict=True):
                below += count
                self._put("_bucket", {**labels, "le": bound}, below)
            self._put("_count", labels, below)
            self._put("_sum", labels, round(histogram.sum, 6))

    def _put(self, suffix: str, labels: dict[str, str], value: float) -> None:
        self._world.metrics.put("prometheus", NAME + suffix, labels, self._world.clock.now(), float(value))


def _bound_text(bound: float) -> str:
    return f"{bound:g}"
