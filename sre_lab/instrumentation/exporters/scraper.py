"""Samples of what changes with time: each becomes one more of its series, and a series that ends says so."""

from __future__ import annotations

from collections.abc import Iterable
from math import nan

from sre_lab.telemetry import MetricSeries, MetricStore

NAMESPACE = "prometheus"
Sample = tuple[str, dict[str, str], float]  # metric, labels, value
Identity = tuple[str, tuple[tuple[str, str], ...]]


class Scraper:
    """Puts samples into a world's metrics; holds on to the series of the scrape before, as most go on."""

    def __init__(self, metrics: MetricStore) -> None:
        self._metrics = metrics
        self._series: dict[Identity, MetricSeries] = {}

    def put(self, now: float, samples: Iterable[Sample]) -> None:
        """One scrape: what was there before and is not told now ends with NaN."""
        before, self._series = self._series, {}
        for name, labels, value in samples:
            identity = (name, tuple(labels.items()))
            series = before.pop(identity, None)
            if series is None:
                nonempty = {label: text for label, text in labels.items() if text}
                series = self._metrics.series(NAMESPACE, name, nonempty)
            series.put(now, value, 1.0)
            self._series[identity] = series
        for series in before.values():
            series.put(now, nan, 1.0)
