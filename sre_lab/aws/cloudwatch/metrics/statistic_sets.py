"""Statistic sets: observations of which only number, sum and extremes were sent.

They are stored as samples with the same number, sum and extremes. Which values lay between is unknown, so the times of
such samples are remembered, and percentiles are not told for their periods.
"""

from __future__ import annotations

from typing import Any

from sre_lab.aws.per_world import PerWorld
from sre_lab.telemetry import SeriesKey

summed_up: PerWorld[dict[SeriesKey, set[float]]] = PerWorld(dict)  # times of samples whose single values are unknown


def samples_of(stats: dict[str, Any]) -> list[tuple[float, float]]:
    """(value, count) pairs with the same number, sum and extremes as the set."""
    number, total = float(stats["SampleCount"]), float(stats["Sum"])
    low, high = float(stats["Minimum"]), float(stats["Maximum"])
    if number <= 1 or low == high:
        return [(low, number)]
    if number <= 2:
        return [(low, 1.0), (high, number - 1.0)]
    return [(low, 1.0), (high, 1.0), ((total - low - high) / (number - 2), number - 2)]


def hides_values(stats: dict[str, Any]) -> bool:
    """Whether the set leaves open which values were observed."""
    return float(stats["SampleCount"]) > 1 and float(stats["Minimum"]) != float(stats["Maximum"])
