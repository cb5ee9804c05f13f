"""Instant and range queries: what is asked, and the answer in the shape of the HTTP API."""

from __future__ import annotations

from typing import Any

from sre_lab.prometheus.parameters import Params, moment, seconds
from sre_lab.prometheus.promql.arithmetic import number_text
from sre_lab.prometheus.promql.columns import InstantSeries, Labels, RangeSeries, key
from sre_lab.prometheus.promql.evaluation import EvaluationTimes, PromqlEvaluation
from sre_lab.prometheus.promql.parser import parse
from sre_lab.prometheus.promql.selection import NAMESPACE
from sre_lab.prometheus.promql.tree import LabelMatcher, Node, PromqlError, TextRange, VectorSelector
from sre_lab.prometheus.promql.type_checks import type_of
from sre_lab.world import World

MOST_POINTS = 11_000  # of one series in a range query
Point = list[Any]  # seconds, the value as text


def query(world: World, params: Params) -> dict[str, Any]:
    """The expression at one moment: a scalar, a string, a vector, or the samples of a matrix."""
    at = moment(world, params, "time")
    tree = _tree(world, params)
    value = PromqlEvaluation(world.metrics, tree).over(EvaluationTimes.at(at))
    if isinstance(value, str):
        return {"resultType": "string", "result": [_time(at), value]}
    if value and isinstance(value[0], float):
        return {"resultType": "scalar", "result": _point(at, value[0])}
    if type_of(tree) == "range vector":
        rows = [(windows.labels, _samples(windows)) for windows in value if isinstance(windows, RangeSeries)]
        return {"resultType": "matrix", "result": _matrix([(labels, points) for labels, points in rows if points])}
    samples = [
        {"metric": row.labels, "value": _point(at, row.values[0])}
        for row in value
        if isinstance(row, InstantSeries) and row.values[0] is not None
    ]
    return {"resultType": "vector", "result": samples}


def query_range(world: World, params: Params) -> dict[str, Any]:
    """The expression each `step` from `start` to `end`, as a matrix."""
    start, end = moment(world, params, "start"), moment(world, params, "end")
    if end < start:
        raise PromqlError('invalid parameter "end": end timestamp must not be before start time')
    step = seconds(params, "step")
    if step <= 0:
        refused = "zero or negative query resolution step widths are not accepted. Try a positive integer"
        raise PromqlError(f'invalid parameter "step": {refused}')
    if (end - start) / step > MOST_POINTS:
        most = f"{MOST_POINTS:,} points per timeseries"
        raise PromqlError(f"exceeded maximum resolution of {most}. Try decreasing the query resolution (?step=XX)")
    tree = _tree(world, params)
    if type_of(tree) not in ("scalar", "instant vector"):
        kinds = f'invalid expression type "{type_of(tree)}" for range query, must be Scalar or instant Vector'
        raise PromqlError(f'invalid parameter "query": {kinds}')
    moments = EvaluationTimes.each(start, end, step)
    value = PromqlEvaluation(world.metrics, tree).over(moments)
    times = [_time(at) for at in moments.times]
    if type_of(tree) == "scalar":
        numbers = [[at, number_text(v)] for at, v in zip(times, value, strict=True) if isinstance(v, float)]
        return {"resultType": "matrix", "result": [{"metric": {}, "values": numbers}]}
    rows = [(row.labels, _points(times, row)) for row in value if isinstance(row, InstantSeries)]
    return {"resultType": "matrix", "result": _matrix([(labels, points) for labels, points in rows if points])}


def _tree(world: World, params: Params) -> Node:
    text = str(params.get("query") or "").strip()
    if text and world.metrics.find(NAMESPACE, text):  # a recorded answer to exactly this expression
        return VectorSelector((LabelMatcher("__name__", "=", text),), TextRange(0, len(text)))
    try:
        return parse(text)
    except PromqlError as problem:
        raise PromqlError(f'invalid parameter "query": {problem}') from problem


def _matrix(rows: list[tuple[Labels, list[Point]]]) -> list[dict[str, Any]]:
    rows.sort(key=lambda row: key(row[0]))
    return [{"metric": labels, "values": points} for labels, points in rows]


def _points(times: list[float], row: InstantSeries) -> list[Point]:
    return [[at, number_text(value)] for at, value in zip(times, row.values, strict=True) if value is not None]


def _samples(windows: RangeSeries) -> list[Point]:
    first, last = windows.parts[0]
    pairs = zip(windows.times[first:last], windows.samples[first:last], strict=True)
    return [_point(at, value) for at, value in pairs]


def _point(at: float, value: float | None) -> Point:
    return [_time(at), number_text(0.0 if value is None else value)]


def _time(at: float) -> float:
    """Whole seconds without a fraction, others to the millisecond, as the real one keeps them."""
    return int(at) if at == int(at) else round(at, 3)
