"""One metric with its statistic, as queries and alarms name it, and the datapoints that this selects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sre_lab.aws.cloudwatch.metrics.retention import held_from
from sre_lab.aws.cloudwatch.metrics.statistic_sets import summed_up
from sre_lab.aws.cloudwatch.metrics.statistics import Points, aggregate, check_period, check_statistic
from sre_lab.aws.cloudwatch.metrics.statistics import needs_each_value as needs_each
from sre_lab.telemetry import MetricSeries, MetricStore, SeriesKey
from sre_lab.world import World

HIDDEN = "prometheus"  # samples that another monitoring system keeps; CloudWatch does not know of them


def visible(metrics: MetricStore, namespace: str = "", name: str = "") -> list[tuple[SeriesKey, MetricSeries]]:
    """The series that CloudWatch holds."""
    return [(key, series) for key, series in metrics.find(namespace, name) if key[0] != HIDDEN]


def dimensions_of(entries: Any) -> dict[str, str]:
    """[{Name, Value}, ...] of a request as a dict."""
    return {d["Name"]: d["Value"] for d in entries or []}


@dataclass(frozen=True)
class MetricStat:
    """One metric with its statistic and its period in seconds."""

    namespace: str
    metric: str
    dimensions: dict[str, str]
    statistic: str
    period: int
    unit: str = ""

    @property
    def key(self) -> SeriesKey:
        return self.namespace, self.metric, tuple(sorted(self.dimensions.items()))

    def series(self, world: World) -> MetricSeries | None:
        """What is stored of the metric; None where CloudWatch has nothing under this name and unit."""
        series = world.metrics.get(self.namespace, self.metric, self.dimensions)
        if series is None or self.namespace == HIDDEN or (self.unit and series.unit not in (self.unit, "None")):
            return None
        return series

    def points(self, world: World, start: float, end: float, anchor: float = 0.0) -> Points:
        """The datapoints of the periods from `start` up to `end`, as far as they are still kept."""
        series = self.series(world)
        if series is None:
            return {}
        since = held_from(world.clock.now(), self.period, start)
        return aggregate(self._usable(world, series, since, end), self.statistic, self.period, anchor)

    def _usable(
        self, world: World, series: MetricSeries, start: float, end: float
    ) -> Iterator[tuple[float, float, float]]:
        """All samples, or for percentiles and their kin only those periods of which each value is known."""
        samples = series.between(start, end)
        unknown = summed_up.of(world).get(self.key) if needs_each(self.statistic) else None
        if not unknown:
            return samples
        unknown_periods = {time // self.period for time in unknown}
        return (sample for sample in samples if sample[0] // self.period not in unknown_periods)


def read_stat(raw: Any) -> MetricStat:
    """A MetricStat of a request; AwsError ValidationError for a statistic or period that there is none of."""
    metric = raw.get("Metric") or {}
    return MetricStat(
        str(metric.get("Namespace") or ""),
        str(metric.get("MetricName") or ""),
        dimensions_of(metric.get("Dimensions")),
        check_statistic(str(raw.get("Stat") or "")),
        check_period(raw.get("Period")),
        str(raw.get("Unit") or ""),
    )
