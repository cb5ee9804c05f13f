"""Aggregations: sum, topk, quantile and the others, by labels or without them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from sre_lab.prometheus.promql.arithmetic import plain
from sre_lab.prometheus.promql.columns import (
    InstantSeries,
    Key,
    Labels,
    Numbers,
    Values,
    Vector,
    greatest,
    key,
    least,
    mean,
    nan_first,
    quantile,
    total,
    variance,
)
from sre_lab.prometheus.promql.labels import is_name
from sre_lab.prometheus.promql.tree import AggregateExpression, execution

SUMMARIES: dict[str, Callable[[Sequence[float]], float]] = {
    "avg": mean,
    "count": lambda values: float(len(values)),
    "group": lambda values: 1.0,
    "max": greatest,
    "min": least,
    "stddev": lambda values: math.sqrt(variance(values)),
    "stdvar": variance,
    "sum": total,
}


def aggregate(node: AggregateExpression, rows: Vector, parameter: Numbers | str | None) -> Vector:
    """One row for each group; for topk and bottomk the chosen rows as they are, for count_values one for each value."""
    groups: dict[Key, list[InstantSeries]] = {}
    for row in rows:
        groups.setdefault(key(_group_labels(node, row.labels)), []).append(row)
    if isinstance(parameter, str):
        return [row for labels, members in groups.items() for row in _count_values(dict(labels), members, parameter)]
    if node.operator in ("topk", "bottomk") and parameter is not None:
        selection = [
            row for members in groups.values() for row in _first_values(members, parameter, node.operator == "topk")
        ]
        return [row for row in selection if any(value is not None for value in row.values)]
    if parameter is not None:
        return [InstantSeries(dict(labels), _quantiles(members, parameter)) for labels, members in groups.items()]
    summary = SUMMARIES[node.operator]
    return [InstantSeries(dict(labels), _summarise(members, summary)) for labels, members in groups.items()]


def _group_labels(node: AggregateExpression, labels: Labels) -> Labels:
    if node.without:
        return {n: v for n, v in labels.items() if n not in node.labels and n != "__name__"}
    return {name: labels[name] for name in node.labels if name in labels}


def _summarise(members: list[InstantSeries], summary: Callable[[Sequence[float]], float]) -> Values:
    out: Values = []
    for column in zip(*[row.values for row in members], strict=True):
        there = [value for value in column if value is not None]
        out.append(summary(there) if there else None)
    return out


def _quantiles(members: list[InstantSeries], shares: Numbers) -> Values:
    out: Values = []
    for share, column in zip(shares, zip(*[row.values for row in members], strict=True), strict=True):
        there = [value for value in column if value is not None]
        out.append(quantile(share, there) if there else None)
    return out


def _first_values(members: list[InstantSeries], counts: Numbers, largest: bool) -> list[InstantSeries]:
    """The rows of a group with the values that are among the first ones at their moment; the first moment's order."""
    selection: list[Values] = [[None] * len(counts) for _ in members]
    order: dict[int, int] = {}
    for moment, count in enumerate(counts):
        if math.isnan(count):
            raise execution("Parameter value is NaN")
        there = [(row.values[moment], place) for place, row in enumerate(members)]
        values = [(value, place) for value, place in there if value is not None]
        values.sort(key=lambda pair: _rank(pair[0], largest))
        for value, place in values[: max(0, int(min(count, len(values))))]:
            selection[place][moment] = value
            order.setdefault(place, len(order))
    return [InstantSeries(members[place].labels, selection[place]) for place in order]


def _rank(value: float, largest: bool) -> tuple[bool, float]:
    """NaN comes last whichever end is asked for."""
    return math.isnan(value), -nan_first(value) if largest else value


def _count_values(labels: Labels, members: list[InstantSeries], label: str) -> Vector:
    if not is_name(label):
        raise execution(f'invalid label name "{label}"')
    moments = len(members[0].values)
    rows: dict[str, InstantSeries] = {}
    for row in members:
        for moment, value in enumerate(row.values):
            if value is not None:
                text = plain(value)
                counter_row = rows.setdefault(text, InstantSeries({**labels, label: text}, [None] * moments))
                counter_row.values[moment] = (counter_row.values[moment] or 0.0) + 1.0
    return list(rows.values())
