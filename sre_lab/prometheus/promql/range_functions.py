"""Functions of range vectors: what the samples of a window say together."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence

from sre_lab.prometheus.promql.columns import (
    InstantSeries,
    Numbers,
    RangeSeries,
    Values,
    Vector,
    greatest,
    least,
    mean,
    merge_rows,
    nameless,
    quantile,
    total,
    variance,
)

MOST_GAP = 1.1  # of the usual distance of samples: a window's end so close to the last sample belongs to the series
Summary = Callable[[Sequence[float]], float]


def _rows(range_series: Iterable[RangeSeries], values: Callable[[RangeSeries], Values]) -> Vector:
    rows = (InstantSeries(nameless(series.labels), values(series)) for series in range_series)
    return merge_rows(row for row in rows if any(value is not None for value in row.values))


def summarise(range_series: list[RangeSeries], summary: Summary) -> Vector:
    def values(series: RangeSeries) -> Values:
        return [summary(series.samples[a:b]) if b > a else None for a, b in series.parts]

    return _rows(range_series, values)


def last(range_series: list[RangeSeries]) -> Vector:
    """The newest sample, which keeps the metric's name."""
    rows = (InstantSeries(s.labels, [s.samples[b - 1] if b > a else None for a, b in s.parts]) for s in range_series)
    return [row for row in rows if any(value is not None for value in row.values)]


def quantiles(shares: Numbers, range_series: list[RangeSeries]) -> Vector:
    def values(series: RangeSeries) -> Values:
        pairs = zip(shares, series.parts, strict=True)
        return [quantile(share, series.samples[a:b]) if b > a else None for share, (a, b) in pairs]

    return _rows(range_series, values)


def extrapolated_growth(range_series: list[RangeSeries], *, counter: bool, per_second: bool) -> Vector:
    """rate, increase and delta: the growth seen, extrapolated to the ends of the window."""

    def values(series: RangeSeries) -> Values:
        times, samples, length = series.times, series.samples, series.length
        offsets = _reset_sums(samples) if counter else None
        out: Values = []
        for end, (a, b) in zip(series.ends, series.parts, strict=True):
            if b - a < 2 or times[b - 1] <= times[a]:
                out.append(None)
                continue
            growth = samples[b - 1] - samples[a]
            if offsets is not None:
                growth += offsets[b - 1] - offsets[a]
            factor = _reach(times, a, b, end, length, (samples[a], growth) if counter else None)
            out.append(growth * (factor / length if per_second else factor))
        return out

    return _rows(range_series, values)


def _reset_sums(samples: Sequence[float]) -> list[float] | None:
    """What a counter had before each of its resets, summed up; None without resets."""
    if all(a <= b for a, b in itertools.pairwise(samples)):
        return None
    drops = (a if b < a else 0.0 for a, b in itertools.pairwise(samples))
    return list(itertools.accumulate(drops, initial=0.0))


def _reach(
    times: Sequence[float], a: int, b: int, end: float, length: float, start_and_growth: tuple[float, float] | None
) -> float:
    """How many times the sampled span the growth stands for. A counter is not taken back to below zero."""
    span = times[b - 1] - times[a]
    usual = span / (b - 1 - a)
    before, after = times[a] - (end - length), end - times[b - 1]
    if before >= usual * MOST_GAP:
        before = usual / 2
    if start_and_growth is not None:
        first, growth = start_and_growth
        if growth > 0 and first >= 0:
            before = min(before, span * (first / growth))
    if after >= usual * MOST_GAP:
        after = usual / 2
    return (span + before + after) / span


def instant_growth(range_series: list[RangeSeries], *, per_second: bool) -> Vector:
    """irate and idelta: the last two samples only."""

    def one(series: RangeSeries, a: int, b: int) -> float | None:
        if b - a < 2 or series.times[b - 1] == series.times[b - 2]:
            return None
        before, now = series.samples[b - 2 : b]
        if not per_second:
            return now - before
        return (now if now < before else now - before) / (series.times[b - 1] - series.times[b - 2])

    return _rows(range_series, lambda series: [one(series, a, b) for a, b in series.parts])


def slopes(range_series: list[RangeSeries]) -> Vector:
    """deriv: per second, by least squares."""

    def one(series: RangeSeries, a: int, b: int) -> float | None:
        return _line(series, a, b, series.times[a])[0] if b - a > 1 else None

    return _rows(range_series, lambda series: [one(series, a, b) for a, b in series.parts])


def predict(range_series: list[RangeSeries], ahead: Numbers, moments: Numbers) -> Vector:
    """predict_linear: where the line of least squares is so many seconds after the moment of the query."""

    def values(series: RangeSeries) -> Values:
        out: Values = []
        for (a, b), seconds, moment in zip(series.parts, ahead, moments, strict=True):
            if b - a < 2:
                out.append(None)
            else:
                slope, level = _line(series, a, b, moment)
                out.append(slope * seconds + level)
        return out

    return _rows(range_series, values)


def _line(series: RangeSeries, a: int, b: int, origin: float) -> tuple[float, float]:
    """Slope, and the value at `origin`."""
    samples, times = series.samples[a:b], [time - origin for time in series.times[a:b]]
    if all(value == samples[0] for value in samples):
        return (math.nan, math.nan) if math.isinf(samples[0]) else (0.0, samples[0])
    count = len(samples)
    sum_x, sum_y = total(times), total(samples)
    covariance = total([x * y for x, y in zip(times, samples, strict=True)]) - sum_x * sum_y / count
    spread = total([x * x for x in times]) - sum_x * sum_x / count
    slope = covariance / spread if spread else math.nan
    return slope, sum_y / count - slope * sum_x / count


def changes(samples: Sequence[float]) -> float:
    return float(sum(a != b and not (a != a and b != b) for a, b in itertools.pairwise(samples)))


def resets(samples: Sequence[float]) -> float:
    return float(sum(b < a for a, b in itertools.pairwise(samples)))


SUMMARIES: dict[str, Summary] = {
    "avg_over_time": mean,
    "changes": changes,
    "count_over_time": lambda samples: float(len(samples)),
    "max_over_time": greatest,
    "min_over_time": least,
    "present_over_time": lambda samples: 1.0,
    "resets": resets,
    "stddev_over_time": lambda samples: math.sqrt(variance(samples)),
    "stdvar_over_time": variance,
    "sum_over_time": total,
}
