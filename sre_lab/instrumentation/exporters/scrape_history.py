"""Which objects each scrape has seen, and the series of a metric when somebody asks for that metric.

What an object tells follows from the object alone, so nothing is told at a scrape: the versions that were there are
noted, and the samples of a metric are written from them at the first question. Ten thousand pods that nobody asks
about cost a look at each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import nan

from sre_lab.instrumentation.exporters.metric_tables import KindMetrics, Labels, ObjectMetric
from sre_lab.objects.store import Obj
from sre_lab.telemetry import Dimensions, MetricSeries
from sre_lab.world import World

Place = tuple[str, str]  # namespace, name
MOST_KEPT = 20_000  # series of one metric
BEATING = ("Node",)  # kinds whose objects change by the clock; a version that tells the same is none


@dataclass
class ObjectLifetime:
    """An object as it was from scrape `first` up to, and without, scrape `end`; None while it is so."""

    obj: Obj
    first: int
    end: int | None = None


@dataclass(frozen=True)
class ObjectMetricSeries:
    """One metric of a ledger."""

    ledger: ScrapeHistory
    name: str

    def series(self) -> list[tuple[Dimensions, MetricSeries]]:
        return self.ledger.series(self.name)

    def is_there(self) -> bool:
        return self.ledger.tells(self.name)


class ScrapeHistory:
    """`kinds` says what is told of which objects."""

    def __init__(self, kinds: Iterable[KindMetrics]) -> None:
        self._metrics = {name: (kind, metric) for kind in kinds for name, metric in kind.metrics.items()}
        self._kinds = list(dict.fromkeys(kind.of for kind, _ in self._metrics.values()))
        self._metrics_of = {of: [one for kind, one in self._metrics.values() if kind.of == of] for of in self._kinds}
        self.times: list[float] = []
        self._spans: dict[str, dict[Place, list[ObjectLifetime]]] = {kind: {} for kind in self._kinds}
        self._open: dict[str, dict[Place, ObjectLifetime]] = {kind: {} for kind in self._kinds}
        self._answers: dict[str, list[tuple[Dimensions, MetricSeries]]] = {}  # since the last scrape

    def look(self, world: World) -> None:
        """Note what is there now."""
        number = len(self.times)
        self.times.append(world.clock.now())
        self._answers.clear()
        for kind in self._kinds:
            before, present = self._open[kind], {}
            for obj in world.objects.all(kind):
                meta = obj["metadata"]
                place = (meta.get("namespace", ""), meta["name"])
                span = before.pop(place, None)
                if span is None or not self._same(kind, span, obj):
                    if span is not None:
                        span.end = number
                    span = ObjectLifetime(obj, number)
                    self._spans[kind].setdefault(place, []).append(span)
                present[place] = span
            for span in before.values():
                span.end = number
            self._open[kind] = present

    def _same(self, kind: str, span: ObjectLifetime, obj: Obj) -> bool:
        if span.obj is obj:
            return True
        if kind not in BEATING or span.obj["metadata"].get("uid") != obj["metadata"].get("uid"):
            return False
        return all(list(one.tell(span.obj)) == list(one.tell(obj)) for one in self._metrics_of[kind])

    def series(self, name: str) -> list[tuple[Dimensions, MetricSeries]]:
        """The series of one metric; unless they are very many, they are kept until the next scrape."""
        if name in self._answers:
            return self._answers[name]
        pairs = list(self._each(name))
        if len(pairs) <= MOST_KEPT:
            self._answers[name] = pairs
        return pairs

    def tells(self, name: str) -> bool:
        """Whether a metric has any series."""
        return bool(self._answers[name]) if name in self._answers else any(True for _ in self._each(name))

    def _each(self, name: str) -> Iterator[tuple[Dimensions, MetricSeries]]:
        kind, metric = self._metrics[name]
        labels = kind.labels
        for spans in self._spans[kind.of].values():
            if len(spans) == 1:
                yield from self._single(spans[0], labels(spans[0].obj), metric)
            else:
                yield from self._several(spans, [labels(span.obj) for span in spans], metric)

    def _single(
        self, span: ObjectLifetime, own: Labels, metric: ObjectMetric
    ) -> Iterator[tuple[Dimensions, MetricSeries]]:
        times = self.times[span.first : span.end]
        length = len(times)
        end_times = [] if span.end is None else [self.times[span.end]]
        for labels, value in metric.tell(span.obj):
            values = [value] * length
            if end_times:
                yield _key(own, labels), MetricSeries("None", times + end_times, [*values, nan], [1.0] * (length + 1))
            else:
                yield _key(own, labels), MetricSeries("None", times, values, [1.0] * length)

    def _several(
        self, spans: list[ObjectLifetime], own: list[Labels], metric: ObjectMetric
    ) -> Iterable[tuple[Dimensions, MetricSeries]]:
        """The versions of one object one after the other; what one does not tell any more ends with it."""
        by_key: dict[Dimensions, MetricSeries] = {}
        live: set[Dimensions] = set()
        for place, (span, own_labels) in enumerate(zip(spans, own, strict=True)):
            rows = {_key(own_labels, labels): value for labels, value in metric.tell(span.obj)}
            self._end(by_key, live - rows.keys(), span.first)
            times = self.times[span.first : span.end]
            for key, value in rows.items():
                series = by_key.setdefault(key, MetricSeries())
                series.times += times
                series.values += [value] * len(times)
                series.counts += [1.0] * len(times)
            live = set(rows)
            following = spans[place + 1].first if place + 1 < len(spans) else None
            if span.end is not None and span.end != following:
                self._end(by_key, live, span.end)
                live = set()
        return by_key.items()

    def _end(self, by_key: dict[Dimensions, MetricSeries], keys: Iterable[Dimensions], number: int) -> None:
        """A staleness mark at a scrape."""
        for key in keys:
            by_key[key].put(self.times[number], nan, 1.0)


def _key(own: Labels, labels: Labels) -> Dimensions:
    """An empty label is no label."""
    return tuple(sorted(pair for pair in {**own, **labels}.items() if pair[1]))
