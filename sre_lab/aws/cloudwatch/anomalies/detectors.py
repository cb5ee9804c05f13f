"""Anomaly detectors: which metrics or expressions have one, and what its training leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sre_lab.aws.cloudwatch.expressions.metric_data_queries import MetricDataQuery
from sre_lab.aws.cloudwatch.metrics.statistics import Points
from sre_lab.aws.per_world import PerWorld

Key = tuple[Any, ...]


@dataclass
class AnomalyDetector:
    """`queries` of which the one that returns data is watched; `description` is how the API shows what it watches."""

    id: str
    key: Key
    queries: list[MetricDataQuery]
    description: dict[str, Any]
    created_at: float
    configuration: dict[str, Any] = field(default_factory=dict)
    characteristics: dict[str, Any] = field(default_factory=dict)
    generation: int = 0  # rises when it is configured anew, so that it is trained again

    @property
    def watched_query(self) -> MetricDataQuery:
        return next(query for query in self.queries if query.returns_data)

    @property
    def zone(self) -> tzinfo:
        name = self.configuration.get("MetricTimezone")
        return ZoneInfo(name) if name else UTC

    def without_excluded(self, points: Points) -> Points:
        """The points outside of the excluded time ranges."""
        ranges = [(_epoch(r["StartTime"]), _epoch(r["EndTime"])) for r in self.excluded_ranges]
        return {at: v for at, v in points.items() if not any(start <= at < end for start, end in ranges)}

    @property
    def excluded_ranges(self) -> list[dict[str, Any]]:
        return self.configuration.get("ExcludedTimeRanges") or []


detectors_by_key: PerWorld[dict[Key, AnomalyDetector]] = PerWorld(dict)  # the detectors of a world by what they watch


def key_of(queries: Sequence[MetricDataQuery], watched_query: MetricDataQuery) -> Key:
    """What tells two detectors apart: the metric with its statistic, or the whole expression."""
    if watched_query.stat is not None:
        return (*watched_query.stat.key, watched_query.stat.statistic)
    parts = [(q.id, q.expression, (*q.stat.key, q.stat.statistic, q.stat.period) if q.stat else ()) for q in queries]
    return (watched_query.id, tuple(sorted(parts)))


def _epoch(moment: Any) -> float:
    """A time of a request: epoch seconds, or ISO 8601 text."""
    return float(moment) if isinstance(moment, int | float) else datetime.fromisoformat(str(moment)).timestamp()
