"""Whether a series has come to its end: points came in every period, and now come no more or only now and then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from mcp_servers.contract.facts import Observation
from mcp_servers.serving.windows import rfc3339
from mcp_servers.signals.series.level_facts import MeasuredSeries
from mcp_servers.signals.series.levels import Point

TAIL: Final = 90.0  # seconds that tell whether points come; three periods, where these are longer
REGULAR: Final = 0.8  # of the periods of a series that comes in every one of them
SPARSE: Final = 0.5  # of the last periods, below which it comes no more
LEAST: Final = 5  # periods before the end


def ended_at(points: Sequence[Point], until: float, period: float) -> float | None:
    """The start of the first period from which on points are lacking (seconds since 1970); None while they come."""
    if not points:
        return None
    have = {round(at / period) for at, _ in points}
    first, last = round(points[0][0] / period), int(until / period) - 1
    tail = range(max(first, last - max(3, round(TAIL / period)) + 1), last + 1)
    before = range(first, tail.start)
    if len(before) < LEAST or _share(before, have) < REGULAR or _share(tail, have) >= SPARSE:
        return None
    gaps = [at for at in range(first, last + 1) if at not in have]
    return next((at * period for at in gaps if _share(range(at, last + 1), have) < SPARSE), None)


def stop_observation(series: MeasuredSeries, at: float, until: float) -> Observation:
    """That the series has had no points, or few, since `at`."""
    since = datetime.fromtimestamp(at, UTC)
    attributes = {"metric": series.metric, "last": rfc3339(since), "seconds": round(until - at)}
    text = f"{series.metric} has no data, or hardly any, since {rfc3339(since)}"
    return Observation(code="metric.stopped", subject=series.subject, at=since, attributes=attributes, excerpt=text)


def _share(periods: range, have: set[int]) -> float:
    return sum(at in have for at in periods) / len(periods) if periods else 0.0
