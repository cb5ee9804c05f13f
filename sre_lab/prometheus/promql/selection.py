"""Finds the samples that a selector means, at each moment or in a window before it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from sre_lab.prometheus.promql.columns import InstantSeries, Labels, RangeSeries, Values, Vector
from sre_lab.prometheus.promql.tree import LabelMatcher
from sre_lab.telemetry import MetricSeries, MetricStore

NAMESPACE = "prometheus"
LOOKBACK_SECONDS = 300.0  # a sample stands for so long when no newer one comes
NAME = re.compile(r"^[A-Za-z_:][\w:]*$", re.ASCII)


def select(metrics: MetricStore, matchers: tuple[LabelMatcher, ...]) -> Iterator[tuple[Labels, MetricSeries]]:
    """The series, with their labels, that all matchers take. An expression's recorded answer has no `__name__`."""
    name = next((m.value for m in matchers if m.label == "__name__" and m.sign == "="), "")
    others = [m for m in matchers if not (name and m.label == "__name__" and m.sign == "=" and m.value == name)]
    if name:
        names = [name]
    else:
        name_matchers = [m for m in others if m.label == "__name__"]
        names = [one for one in metrics.names(NAMESPACE) if all(m.takes({"__name__": one}) for m in name_matchers)]
    for one in names:
        for (_, metric, dimensions), series in metrics.find(NAMESPACE, one):
            labels = {"__name__": metric, **dict(dimensions)}
            if all(matcher.takes(labels) for matcher in others):
                yield (labels if NAME.match(metric) else dict(dimensions)), series


def instants(selection: Sequence[tuple[Labels, MetricSeries]], times: Sequence[float]) -> Vector:
    """The newest sample of each series at each of the rising `times`, unless it is old or ends the series."""
    rows = []
    for labels, series in selection:
        values = _newest(series, times)
        if any(value is not None for value in values):
            rows.append(InstantSeries(labels, values))
    return rows


def stamps(selection: Sequence[tuple[Labels, MetricSeries]], times: Sequence[float]) -> Vector:
    """When the newest sample of each series was taken."""
    rows = []
    for labels, series in selection:
        places = [bisect_right(series.times, at) - 1 for at in times]
        values: Values = [
            None if there is None else series.times[place]
            for place, there in zip(places, _newest(series, times), strict=True)
        ]
        if any(value is not None for value in values):
            rows.append(InstantSeries(labels, values))
    return rows


def _newest(series: MetricSeries, times: Sequence[float]) -> Values:
    sample_times, samples = series.times, series.values
    place, count = bisect_right(sample_times, times[0]), len(sample_times)
    values: Values = []
    for at in times:
        while place < count and sample_times[place] <= at:
            place += 1
        if place and sample_times[place - 1] > at - LOOKBACK_SECONDS and samples[place - 1] == samples[place - 1]:
            values.append(samples[place - 1])
        else:
            values.append(None)
    return values


def ranges(
    selection: Sequence[tuple[Labels, MetricSeries]], times: Sequence[float], length: float
) -> list[RangeSeries]:
    """The samples of the `length` seconds up to each of the rising `times`, without the marks that end a series."""
    rows = []
    for labels, series in selection:
        first, last = bisect_right(series.times, times[0] - length), bisect_right(series.times, times[-1])
        sample_times, samples = series.times[first:last], series.values[first:last]
        if any(value != value for value in samples):
            pairs = [(t, v) for t, v in zip(sample_times, samples, strict=True) if v == v]
            sample_times, samples = [t for t, _ in pairs], [v for _, v in pairs]
        if sample_times:
            rows.append(RangeSeries(labels, sample_times, samples, parts(sample_times, times, length), times, length))
    return rows


def parts(sample_times: Sequence[float], times: Sequence[float], length: float) -> list[tuple[int, int]]:
    """Which samples fall into the window before each of the rising `times`."""
    first = last = 0
    count, windows = len(sample_times), []
    for at in times:
        begin = at - length
        while last < count and sample_times[last] <= at:
            last += 1
        while first < last and sample_times[first] <= begin:
            first += 1
        windows.append((first, last))
    return windows
