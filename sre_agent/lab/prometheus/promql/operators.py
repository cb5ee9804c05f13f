"""Arithmetic, comparison, sets and aggregation of instant vectors."""

from __future__ import annotations

import math
import operator
import statistics
from collections.abc import Callable

from sre_agent.lab.prometheus.promql.functions import without_name
from sre_agent.lab.prometheus.promql.tree import Aggregation, Binary, QueryError, Sample, Vector

Group = tuple[tuple[str, str], ...]


def _divide(a: float, b: float) -> float:
    if b:
        return a / b
    return math.nan if not a or math.isnan(a) else math.copysign(math.inf, a)


ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": lambda a, b: math.fmod(a, b) if b else math.nan,
    "^": math.pow,
}
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
SUMMARIES: dict[str, Callable[[list[float]], float]] = {
    "avg": statistics.fmean,
    "count": lambda values: float(len(values)),
    "group": lambda values: 1.0,
    "max": max,
    "min": min,
    "stddev": statistics.pstdev,
    "sum": math.fsum,
}


def combine(node: Binary, left: float | Vector, right: float | Vector) -> float | Vector:
    """Both sides under an operator; vectors are matched one to one on their labels."""
    if isinstance(left, list) and isinstance(right, list):
        return _vectors(node, left, right)
    if isinstance(left, list):
        assert not isinstance(right, list)
        pairs = [(sample, sample.value, right) for sample in left]
    elif isinstance(right, list):
        pairs = [(sample, left, sample.value) for sample in right]
    else:
        if node.operator in COMPARISONS and not node.returns_bool:
            raise QueryError("comparisons between scalars must use BOOL modifier")
        return _number(node.operator, left, right)
    if node.operator in ("and", "or", "unless"):
        raise QueryError(f"set operator {node.operator!r} not allowed in binary scalar expression")
    return [found for sample, a, b in pairs if (found := _applied(node, sample, a, b)) is not None]


def _number(sign: str, a: float, b: float) -> float:
    if sign in ARITHMETIC:
        return ARITHMETIC[sign](a, b)
    if sign in COMPARISONS:
        return float(COMPARISONS[sign](a, b))
    raise QueryError(f"set operator {sign!r} not allowed in binary scalar expression")


def _applied(node: Binary, sample: Sample, a: float, b: float) -> Sample | None:
    """A comparison keeps the sample or drops it; everything else makes a new value."""
    if node.operator in COMPARISONS and not node.returns_bool:
        return Sample(sample.labels, sample.value) if COMPARISONS[node.operator](a, b) else None
    return Sample(without_name(sample.labels), _number(node.operator, a, b))


def _vectors(node: Binary, left: Vector, right: Vector) -> Vector:
    others: dict[Group, Sample] = {}
    for sample in right:
        if _key(node, sample) in others and node.operator not in ("and", "or", "unless"):
            raise QueryError("found duplicate series for the match group on the right hand-side of the operation")
        others[_key(node, sample)] = sample
    if node.operator == "and":
        return [sample for sample in left if _key(node, sample) in others]
    if node.operator == "unless":
        return [sample for sample in left if _key(node, sample) not in others]
    if node.operator == "or":
        known = {_key(node, sample) for sample in left}
        return [*left, *(sample for sample in right if _key(node, sample) not in known)]
    found, seen = [], set()
    for sample in left:
        key = _key(node, sample)
        if key not in others:
            continue
        if key in seen:
            raise QueryError("multiple matches for labels: many-to-one matching (group_left) is not supported here")
        seen.add(key)
        result = _applied(node, sample, sample.value, others[key].value)
        if result is not None:
            found.append(Sample(dict(key), result.value) if node.on and node.returns_bool else result)
    return found


def _key(node: Binary, sample: Sample) -> Group:
    labels = without_name(sample.labels)
    if node.labels is not None:
        labels = {name: value for name, value in labels.items() if (name in node.labels) is node.on}
    return tuple(sorted(labels.items()))


def aggregate(node: Aggregation, vector: Vector, parameter: float | None) -> Vector:
    groups: dict[Group, Vector] = {}
    for sample in vector:
        labels = without_name(sample.labels)
        kept = {n: v for n, v in labels.items() if (n in node.labels) is not node.without}
        groups.setdefault(tuple(sorted(kept.items())), []).append(sample)
    if node.operator in ("topk", "bottomk"):
        many, largest = max(0, int(parameter or 0)), node.operator == "topk"
        ranked = (sorted(group, key=lambda s: s.value, reverse=largest)[:many] for group in groups.values())
        return [sample for group in ranked for sample in group]
    found = []
    for key, group in groups.items():
        values = [sample.value for sample in group]
        value = _quantile(values, parameter) if node.operator == "quantile" else SUMMARIES[node.operator](values)
        found.append(Sample(dict(key), value))
    return found


def _quantile(values: list[float], q: float | None) -> float:
    if q is None or not 0 <= q <= 1:
        return math.nan
    ordered = sorted(values)
    rank = q * (len(ordered) - 1)
    low = math.floor(rank)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (rank - low)
