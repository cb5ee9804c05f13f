"""Quantiles out of the cumulative buckets of a histogram."""

from __future__ import annotations

import math

from sre_lab.prometheus.promql.columns import InstantSeries, Key, Numbers, Values, Vector, key, nameless

Bucket = tuple[float, float]  # upper bound, how many observations up to it


def quantiles(shares: Numbers, rows: Vector) -> Vector:
    """histogram_quantile: one row for each set of labels beside `le`; rows without a readable `le` are left out."""
    groups: dict[Key, list[tuple[float, Values]]] = {}
    for row in rows:
        bound = _parse_bound(row.labels.get("le", ""))
        if bound is not None:
            rest = {name: value for name, value in nameless(row.labels).items() if name != "le"}
            groups.setdefault(key(rest), []).append((bound, row.values))
    return [InstantSeries(dict(labels), _column(shares, buckets)) for labels, buckets in groups.items()]


def _column(shares: Numbers, buckets: list[tuple[float, Values]]) -> Values:
    out: Values = []
    for moment, share in enumerate(shares):
        there = [(bound, value) for bound, values in buckets if (value := values[moment]) is not None]
        out.append(_quantile(share, there) if there else None)
    return out


def _parse_bound(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _quantile(share: float, raw_buckets: list[Bucket]) -> float:
    """Linear inside the bucket that holds the rank; the last finite bound for what lies beyond it."""
    if math.isnan(share):
        return math.nan
    if share < 0 or share > 1:
        return math.copysign(math.inf, share - 0.5)
    buckets = _cumulative(raw_buckets)
    if len(buckets) < 2 or buckets[-1][0] != math.inf or not buckets[-1][1] > 0:
        return math.nan
    rank = share * buckets[-1][1]
    place = next((i for i, (_, count) in enumerate(buckets[:-1]) if count >= rank), len(buckets) - 1)
    if place == len(buckets) - 1:
        return buckets[-2][0]
    bound, count = buckets[place]
    if place == 0 and bound <= 0:
        return bound
    low, below = buckets[place - 1] if place else (0.0, 0.0)
    if count == below:
        return math.nan
    return low + (bound - low) * ((rank - below) / (count - below))


def _cumulative(raw_buckets: list[Bucket]) -> list[Bucket]:
    """By bound, equal bounds as one, and never falling: scrapes of several targets are not taken at one moment."""
    together: dict[float, float] = {}
    for bound, count in raw_buckets:
        together[bound] = together.get(bound, 0.0) + count
    buckets: list[Bucket] = []
    for bound, count in sorted(together.items()):
        buckets.append((bound, max(count, buckets[-1][1]) if buckets else count))
    return buckets
