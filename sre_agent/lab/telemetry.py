"""What the world has measured and written down: metric series, log groups, container logs.

Plain storage with bounded, ordered reads; CloudWatch, Logs Insights, Prometheus and kubectl logs are views of it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

Dimensions = tuple[tuple[str, str], ...]  # sorted (name, value) pairs
SeriesKey = tuple[str, str, Dimensions]  # namespace, metric, dimensions
LineListener = Callable[[str, str, str, float, str], None]  # namespace, pod, container, time, line


@dataclass
class Series:
    """One metric: samples in time order. A sample stands for `counts[i]` observations of `values[i]`."""

    unit: str = "None"
    times: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    counts: list[float] = field(default_factory=list)

    def between(self, start: float, end: float) -> Iterator[tuple[float, float, float]]:
        """(time, value, count) with start <= time < end."""
        for i in range(bisect_left(self.times, start), bisect_left(self.times, end)):
            yield self.times[i], self.values[i], self.counts[i]


class MetricStore:
    """Every series by namespace, name and dimensions."""

    def __init__(self) -> None:
        self._series: dict[SeriesKey, Series] = {}

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
        key = (namespace, name, tuple(sorted(dimensions.items())))
        series = self._series.setdefault(key, Series(unit))
        place = len(series.times)
        if series.times and at < series.times[-1]:
            place = bisect_right(series.times, at)
        series.times.insert(place, at)
        series.values.insert(place, value)
        series.counts.insert(place, count)

    def get(self, namespace: str, name: str, dimensions: dict[str, str]) -> Series | None:
        return self._series.get((namespace, name, tuple(sorted(dimensions.items()))))

    def find(self, namespace: str = "", name: str = "") -> list[tuple[SeriesKey, Series]]:
        return [
            (k, s)
            for k, s in sorted(self._series.items())
            if (not namespace or k[0] == namespace) and (not name or k[1] == name)
        ]


@dataclass(frozen=True)
class LogEvent:
    at: float  # epoch seconds
    stream: str
    message: str


class LogGroups:
    """CloudWatch log groups: events in time order."""

    def __init__(self) -> None:
        self._groups: dict[str, list[LogEvent]] = {}
        self._times: dict[str, list[float]] = {}

    def create(self, group: str) -> None:
        self._groups.setdefault(group, [])
        self._times.setdefault(group, [])

    def names(self) -> list[str]:
        return sorted(self._groups)

    def append(self, group: str, event: LogEvent) -> None:
        self.create(group)
        place = bisect_right(self._times[group], event.at)
        self._groups[group].insert(place, event)
        self._times[group].insert(place, event.at)

    def between(self, group: str, start: float, end: float) -> list[LogEvent]:
        """Events with start <= time <= end; KeyError for a group that does not exist."""
        times = self._times[group]
        return self._groups[group][bisect_left(times, start) : bisect_right(times, end)]


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
