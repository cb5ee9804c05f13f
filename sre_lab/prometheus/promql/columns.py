"""What an expression yields at all moments of a query at once: each series is a row with one value a moment.

A value that is not there is None; NaN is a value like any other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sre_lab.prometheus.promql.tree import execution

Labels = dict[str, str]
Key = tuple[tuple[str, str], ...]
Numbers = list[float]
Values = list[float | None]


@dataclass
class InstantSeries:
    """One series of an instant vector."""

    labels: Labels
    values: Values


@dataclass
class RangeSeries:
    """One series of a range vector: its samples, and which of them, [first, behind the last), each moment sees.

    The window of a moment reaches from `ends[i] - length`, not included, to `ends[i]`, included.
    """

    labels: Labels
    times: Sequence[float]
    samples: Sequence[float]
    parts: list[tuple[int, int]]
    ends: Sequence[float]
    length: float


Vector = list[InstantSeries]
Value = Numbers | str | Vector | list[RangeSeries]


def key(labels: Labels) -> Key:
    return tuple(sorted(labels.items()))


def nameless(labels: Labels) -> Labels:
    return {name: value for name, value in labels.items() if name != "__name__"}


def labels_text(labels: Labels) -> str:
    """Labels as Prometheus writes them in errors."""
    return "{" + ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items())) + "}"


def merge_rows(rows: Iterable[InstantSeries]) -> Vector:
    """Rows of the same labels as one; PromqlError where two of them have a value at the same moment."""
    by_key: dict[Key, InstantSeries] = {}
    for row in rows:
        identity = key(row.labels)
        existing = by_key.setdefault(identity, row)
        if existing is not row:
            if any(a is not None and b is not None for a, b in zip(existing.values, row.values, strict=True)):
                raise execution("vector cannot contain metrics with the same labelset")
            both = zip(existing.values, row.values, strict=True)
            by_key[identity] = InstantSeries(row.labels, [b if a is None else a for a, b in both])
    return list(by_key.values())


def each(rows: Vector, change: Callable[[float], float]) -> Vector:
    """Every value changed, without the name of the metric."""
    return merge_rows(
        InstantSeries(nameless(row.labels), [None if v is None else change(v) for v in row.values]) for row in rows
    )


def total(values: Sequence[float]) -> float:
    """The sum without rounding errors on the way."""
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):  # beyond the largest number, or both infinities
        return sum(values)


def mean(values: Sequence[float]) -> float:
    return total(values) / len(values)


def variance(values: Sequence[float]) -> float:
    centre = mean(values)
    return total([(value - centre) ** 2 for value in values]) / len(values)


def quantile(share: float, values: Sequence[float]) -> float:
    """Between the two values next to the rank, as far as it lies between them."""
    if not values or math.isnan(share):
        return math.nan
    if share < 0 or share > 1:
        return math.copysign(math.inf, share - 0.5)
    ordered = sorted(values, key=nan_first)
    rank = share * (len(ordered) - 1)
    low = math.floor(rank)
    high, weight = min(len(ordered) - 1, low + 1), rank - low
    return ordered[low] * (1 - weight) + ordered[high] * weight


def nan_first(value: float) -> float:
    """For sorting: NaN counts as the smallest."""
    return -math.inf if math.isnan(value) else value


def least(values: Iterable[float]) -> float:
    """NaN only where there is nothing else."""
    return min((value for value in values if value == value), default=math.nan)


def greatest(values: Iterable[float]) -> float:
    return max((value for value in values if value == value), default=math.nan)
