"""PromQL functions over range vectors, instant vectors and scalars."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

from sre_agent.lab.prometheus.promql.tree import QueryError, RangeSeries, Sample, Value, Vector

Function = Callable[[float, list[Value]], Value]  # time of the evaluation, arguments


def without_name(labels: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in labels.items() if name != "__name__"}


def _ranges(name: str, arguments: list[Value], count: int = 1) -> list[RangeSeries]:
    last = arguments[-1] if len(arguments) == count else None
    if not isinstance(last, list) or any(isinstance(item, Sample) for item in last):
        raise QueryError(f"{name} needs a range vector, such as {name}(metric[5m])")
    return [item for item in last if isinstance(item, RangeSeries)]


def _vector(name: str, arguments: list[Value]) -> Vector:
    first = arguments[0] if arguments else None
    if not isinstance(first, list) or any(isinstance(item, RangeSeries) for item in first):
        raise QueryError(f"{name} needs an instant vector")
    return [item for item in first if isinstance(item, Sample)]


def _over_time(name: str, summarise: Callable[[Sequence[float]], float]) -> Function:
    def run(_: float, arguments: list[Value]) -> Value:
        return [
            Sample(without_name(series.labels), summarise([value for _, value in series.points]))
            for series in _ranges(name, arguments)
            if series.points
        ]

    return run


def _counter(name: str, per_second: bool, resets: bool) -> Function:
    """rate, increase and delta, extrapolated to the ends of the range as Prometheus does."""

    def run(_: float, arguments: list[Value]) -> Value:
        found = []
        for series in _ranges(name, arguments):
            value = _extrapolated(series, resets)
            if value is not None:
                value = value / (series.end - series.start) if per_second else value
                found.append(Sample(without_name(series.labels), value))
        return found

    return run


def _extrapolated(series: RangeSeries, resets: bool) -> float | None:
    if len(series.points) < 2:
        return None
    times, values = [t for t, _ in series.points], [v for _, v in series.points]
    grown = values[-1] - values[0]
    if resets:
        grown += sum(a for a, b in itertools.pairwise(values) if b < a)
    sampled = times[-1] - times[0]
    usual = sampled / (len(times) - 1)
    before, after = times[0] - series.start, series.end - times[-1]
    if resets and grown > 0 and values[0] >= 0:  # a counter cannot have been below zero
        before = min(before, sampled * values[0] / grown)
    limit = usual * 1.1
    before, after = (before if before < limit else usual / 2), (after if after < limit else usual / 2)
    return grown * (sampled + before + after) / sampled if sampled else None


def _irate(_: float, arguments: list[Value]) -> Value:
    found = []
    for series in _ranges("irate", arguments):
        if len(series.points) >= 2:
            (t0, v0), (t1, v1) = series.points[-2:]
            found.append(Sample(without_name(series.labels), ((v1 - v0) if v1 >= v0 else v1) / (t1 - t0)))
    return found


def _changes(series: RangeSeries, counts: Callable[[float, float], bool]) -> float:
    values = [value for _, value in series.points]
    return float(sum(counts(a, b) for a, b in itertools.pairwise(values)))


def _counting(name: str, counts: Callable[[float, float], bool]) -> Function:
    def run(_: float, arguments: list[Value]) -> Value:
        return [
            Sample(without_name(series.labels), _changes(series, counts))
            for series in _ranges(name, arguments)
            if series.points
        ]

    return run


def _each(name: str, change: Callable[[float], float]) -> Function:
    def run(_: float, arguments: list[Value]) -> Value:
        return [Sample(without_name(s.labels), change(s.value)) for s in _vector(name, arguments)]

    return run


def _clamp(name: str, pick: Callable[[float, float], float]) -> Function:
    def run(_: float, arguments: list[Value]) -> Value:
        if len(arguments) != 2 or not isinstance(arguments[1], float):
            raise QueryError(f"{name} takes a vector and a number")
        limit = arguments[1]
        return [Sample(without_name(s.labels), pick(s.value, limit)) for s in _vector(name, arguments)]

    return run


def _to_vector(_: float, arguments: list[Value]) -> Value:
    if len(arguments) != 1 or not isinstance(arguments[0], float):
        raise QueryError("vector takes a number")
    return [Sample({}, arguments[0])]


def _to_scalar(_: float, arguments: list[Value]) -> Value:
    found = _vector("scalar", arguments)
    return found[0].value if len(found) == 1 else math.nan


def _histogram_quantile(_: float, arguments: list[Value]) -> Value:
    if len(arguments) != 2 or not isinstance(arguments[0], float):
        raise QueryError("histogram_quantile takes a number and a vector of buckets")
    groups: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
    for sample in _vector("histogram_quantile", arguments[1:]):
        rest = {n: v for n, v in without_name(sample.labels).items() if n != "le"}
        bound = float(sample.labels.get("le", "nan").replace("+Inf", "inf"))
        groups.setdefault(tuple(sorted(rest.items())), []).append((bound, sample.value))
    return [Sample(dict(labels), _quantile(arguments[0], sorted(b))) for labels, b in groups.items()]


def _quantile(q: float, buckets: list[tuple[float, float]]) -> float:
    """Linear inside the bucket that holds the rank; NaN without observations or without the last bucket."""
    if not buckets or not math.isinf(buckets[-1][0]) or not buckets[-1][1] or not 0 <= q <= 1:
        return math.nan
    rank = q * buckets[-1][1]
    low, below = 0.0, 0.0
    for bound, count in buckets:
        if count >= rank:
            if math.isinf(bound):
                return low
            return low + (bound - low) * (rank - below) / (count - below) if count > below else bound
        low, below = bound, count
    return math.nan


FUNCTIONS: dict[str, Function] = {
    "abs": _each("abs", abs),
    "absent": lambda _, arguments: [] if _vector("absent", arguments) else [Sample({}, 1.0)],
    "avg_over_time": _over_time("avg_over_time", lambda values: sum(values) / len(values)),
    "ceil": _each("ceil", lambda value: float(math.ceil(value))),
    "changes": _counting("changes", lambda a, b: a != b),
    "clamp_max": _clamp("clamp_max", min),
    "clamp_min": _clamp("clamp_min", max),
    "count_over_time": _over_time("count_over_time", lambda values: float(len(values))),
    "delta": _counter("delta", False, False),
    "floor": _each("floor", lambda value: float(math.floor(value))),
    "histogram_quantile": _histogram_quantile,
    "increase": _counter("increase", False, True),
    "irate": _irate,
    "last_over_time": _over_time("last_over_time", lambda values: values[-1]),
    "max_over_time": _over_time("max_over_time", max),
    "min_over_time": _over_time("min_over_time", min),
    "rate": _counter("rate", True, True),
    "resets": _counting("resets", lambda a, b: b < a),
    "round": _each("round", lambda value: float(math.floor(value + 0.5))),
    "scalar": _to_scalar,
    "sum_over_time": _over_time("sum_over_time", sum),
    "time": lambda at, _: at,
    "vector": _to_vector,
}
