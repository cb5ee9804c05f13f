"""What the world has measured and written down: metric series, log groups, container logs.

Plain storage with bounded, ordered reads; CloudWatch, Logs Insights, Prometheus and kubectl logs are views of it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from sre_lab.log_groups import LogEvent, LogGroups

__all__ = [
    "ContainerLog",
    "ContainerLogs",
    "LogEvent",
    "LogGroups",
    "MetricSeries",
    "MetricStore",
]

Dimensions = tuple[tuple[str, str], ...]  # sorted (name, value) pairs
SeriesKey = tuple[str, str, Dimensions]  # namespace, metric, dimensions
LineListener = Callable[[str, str, str, float, str], None]  # namespace, pod, container, time, line


@dataclass
class MetricSeries:
    """One metric: samples in time order. A sample stands for `counts[i]` observations of `values[i]`."""

    unit: str = "None"
    times: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    counts: list[float] = field(default_factory=list)

    def put(self, at: float, value: float, count: float) -> None:
        """One sample more, behind those of the same moment."""
        if not self.times or at >= self.times[-1]:
            self.times.append(at)
            self.values.append(value)
            self.counts.append(count)
            return
        place = bisect_right(self.times, at)
        self.times.insert(place, at)
        self.values.insert(place, value)
        self.counts.insert(place, count)

    def between(self, start: float, end: float) -> Iterator[tuple[float, float, float]]:
        """(time, value, count) with start <= time < end."""
        for i in range(bisect_left(self.times, start), bisect_left(self.times, end)):
            yield self.times[i], self.values[i], self.counts[i]


class DerivedMetric(Protocol):
    """Series of one name that are made when they are asked for."""

    def series(self) -> list[tuple[Dimensions, MetricSeries]]: ...

    def is_there(self) -> bool:
        """Whether there is any, without making all."""
        ...


class MetricStore:
    """Every series by namespace, name and dimensions."""

    def __init__(self) -> None:
        self._metrics: dict[tuple[str, str], dict[Dimensions, MetricSeries]] = {}  # by namespace and name
        self._derived: dict[tuple[str, str], DerivedMetric] = {}

    def put(
        self,
        namespace: str,
        name: str,
        dimensions: dict[str, str],
        at: float,
        value: float,
        *,
        unit: str = "None",
        count: float = 1.0,
    ) -> None:
        self.series(namespace, name, dimensions, unit=unit).put(at, value, count)

    def series(self, namespace: str, name: str, dimensions: dict[str, str], *, unit: str = "None") -> MetricSeries:
        """The series, made where there is none: who puts a sample into it again and again may hold on to it."""
        return self.series_of((namespace, name, tuple(sorted(dimensions.items()))), unit=unit)

    def series_of(self, key: SeriesKey, *, unit: str = "None") -> MetricSeries:
        """The same by its key, whose dimensions are in order."""
        namespace, name, dimensions = key
        by_dimensions = self._metrics.get((namespace, name))
        if by_dimensions is None:
            by_dimensions = self._metrics[(namespace, name)] = {}
        series = by_dimensions.get(dimensions)
        if series is None:
            series = by_dimensions[dimensions] = MetricSeries(unit)
        return series

    def get(self, namespace: str, name: str, dimensions: dict[str, str]) -> MetricSeries | None:
        return self._metrics.get((namespace, name), {}).get(tuple(sorted(dimensions.items())))

    def derive(self, namespace: str, name: str, derived_metric: DerivedMetric) -> None:
        """Let somebody tell what there is under a name beside what is stored, when that namespace is asked for."""
        self._derived[(namespace, name)] = derived_metric

    def names(self, namespace: str) -> list[str]:
        """Under which names there are series, in order."""
        stored_names = {
            name for (where, name), by_dimensions in self._metrics.items() if where == namespace and by_dimensions
        }
        derived_names = {name for (where, name), one in self._derived.items() if where == namespace and one.is_there()}
        return sorted(stored_names | derived_names)

    def earliest(self, namespace: str) -> float | None:
        """When the first of the stored samples was taken."""
        all_series = [
            s
            for (where, _), by_dimensions in self._metrics.items()
            if where == namespace
            for s in by_dimensions.values()
            if s.times
        ]
        return min((series.times[0] for series in all_series), default=None)

    def find(self, namespace: str = "", name: str = "") -> list[tuple[SeriesKey, MetricSeries]]:
        """The series of a namespace, of a name, of both or of neither, in the order of their keys."""
        keys = {(namespace, name)} if namespace and name else {*self._metrics, *(self._derived if namespace else ())}
        return [
            ((where, metric, dimensions), series)
            for where, metric in sorted(keys)
            if (not namespace or where == namespace) and (not name or metric == name)
            for dimensions, series in sorted(self._series_under(where, metric), key=lambda entry: entry[0])
        ]

    def _series_under(self, namespace: str, name: str) -> list[tuple[Dimensions, MetricSeries]]:
        derived_metric = self._derived.get((namespace, name))
        return [*self._metrics.get((namespace, name), {}).items(), *(derived_metric.series() if derived_metric else ())]


@dataclass
class ContainerLog:
    """The output of one container run (one restart)."""

    started: float
    lines: list[tuple[float, str]] = field(default_factory=list)


class ContainerLogs:
    """Runs of each container by (namespace, pod, container), oldest first; the last is the current one."""

    KEPT_RUNS = 2  # a kubelet keeps the current and the previous one

    def __init__(self) -> None:
        self._runs: dict[tuple[str, str, str], list[ContainerLog]] = {}
        self._listeners: list[LineListener] = []

    def on_line(self, listener: LineListener) -> None:
        self._listeners.append(listener)

    def start(self, namespace: str, pod: str, container: str, at: float) -> None:
        runs = self._runs.setdefault((namespace, pod, container), [])
        runs.append(ContainerLog(at))
        del runs[: -self.KEPT_RUNS]

    def write(self, namespace: str, pod: str, container: str, at: float, line: str) -> None:
        runs = self._runs.setdefault((namespace, pod, container), [])
        if not runs:
            runs.append(ContainerLog(at))
        runs[-1].lines.append((at, line))
        for listener in self._listeners:
            listener(namespace, pod, container, at, line)

    def load(self, namespace: str, pod: str, container: str, runs: Iterable[ContainerLog]) -> None:
        self._runs[(namespace, pod, container)] = list(runs)

    def run(self, namespace: str, pod: str, container: str, *, previous: bool = False) -> ContainerLog | None:
        """The current run, or the one before it; None when there is none."""
        runs = self._runs.get((namespace, pod, container), [])
        place = -2 if previous else -1
        return runs[place] if len(runs) >= -place else None

    def drop_pod(self, namespace: str, pod: str) -> None:
        for key in [k for k in self._runs if k[0] == namespace and k[1] == pod]:
            del self._runs[key]
