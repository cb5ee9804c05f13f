"""Evaluates an expression at one moment, over the samples that the world keeps."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from math import isnan

from sre_agent.lab.prometheus.promql.functions import FUNCTIONS
from sre_agent.lab.prometheus.promql.operators import aggregate, combine
from sre_agent.lab.prometheus.promql.tree import (
    Aggregation,
    Binary,
    Call,
    Matcher,
    Negated,
    Node,
    Number,
    QueryError,
    RangeSeries,
    Sample,
    Selector,
    Text,
    Value,
    Vector,
)
from sre_agent.lab.telemetry import MetricStore, Series

NAMESPACE = "prometheus"
_NAME = re.compile(r"^[A-Za-z_:][\w:]*$")
LOOKBACK_SECONDS = 300.0  # a sample stands for so long when no newer one comes


def select(metrics: MetricStore, matchers: tuple[Matcher, ...]) -> Iterator[tuple[dict[str, str], Series]]:
    """The series, with their labels, that all matchers take. An expression's recorded answer has no `__name__`."""
    name = next((m.value for m in matchers if m.label == "__name__" and m.sign == "="), "")
    for (_, metric, dimensions), series in metrics.find(NAMESPACE, name):
        labels = {"__name__": metric, **dict(dimensions)}
        if all(matcher.takes(labels) for matcher in matchers):
            yield (labels if _NAME.match(metric) else dict(dimensions)), series


class Evaluation:
    """One expression at any number of moments; series are looked up once."""

    def __init__(self, metrics: MetricStore, tree: Node) -> None:
        self._metrics = metrics
        self._tree = tree
        self._found: dict[tuple[Matcher, ...], list[tuple[dict[str, str], Series]]] = {}

    def at(self, time: float) -> Value:
        """A number, a text, an instant or a range vector; QueryError when types do not fit."""
        return self._value(self._tree, time)

    def _value(self, node: Node, time: float) -> Value:
        if isinstance(node, Number | Text):
            return node.value
        if isinstance(node, Selector):
            return self._ranges(node, time) if node.span else self._instant(node, time)
        if isinstance(node, Call):
            return FUNCTIONS[node.function](time, [self._value(argument, time) for argument in node.arguments])
        if isinstance(node, Negated):
            return combine(Binary("*", node.inner, Number(-1.0)), self._operand(node.inner, time), -1.0)
        if isinstance(node, Binary):
            return combine(node, self._operand(node.left, time), self._operand(node.right, time))
        return self._aggregated(node, time)

    def _aggregated(self, node: Aggregation, time: float) -> Value:
        inner = self._operand(node.inner, time)
        parameter = None if node.parameter is None else self._operand(node.parameter, time)
        if not isinstance(inner, list):
            raise QueryError(f"expected type instant vector in aggregation expression, got scalar ({node.operator})")
        if isinstance(parameter, list):
            raise QueryError(f"the parameter of {node.operator} has to be a number")
        return aggregate(node, inner, parameter)

    def _operand(self, node: Node, time: float) -> float | Vector:
        value = self._value(node, time)
        if isinstance(value, str):
            raise QueryError("a text cannot be calculated with")
        if isinstance(value, float | int):
            return float(value)
        if any(isinstance(item, RangeSeries) for item in value):
            raise QueryError("a range vector needs a function such as rate around it")
        return [item for item in value if isinstance(item, Sample)]

    def _series(self, node: Selector) -> list[tuple[dict[str, str], Series]]:
        if node.matchers not in self._found:
            self._found[node.matchers] = list(select(self._metrics, node.matchers))
        return self._found[node.matchers]

    def _instant(self, node: Selector, time: float) -> Vector:
        at, found = time - node.offset, []
        for labels, series in self._series(node):
            place = bisect_right(series.times, at) - 1
            if place < 0 or series.times[place] <= at - LOOKBACK_SECONDS or isnan(series.values[place]):
                continue
            found.append(Sample(labels, series.values[place]))
        return found

    def _ranges(self, node: Selector, time: float) -> list[RangeSeries]:
        end, found = time - node.offset, []
        for labels, series in self._series(node):
            first, last = bisect_right(series.times, end - node.span), bisect_right(series.times, end)
            pairs = zip(series.times[first:last], series.values[first:last], strict=True)
            points = [(t, v) for t, v in pairs if not isnan(v)]
            if points:
                found.append(RangeSeries(labels, end - node.span, end, points))
        return found
