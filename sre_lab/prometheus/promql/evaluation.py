"""Evaluates an expression at one moment or at many at once, over the samples that the world keeps."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sre_lab.prometheus.promql.aggregation import aggregate
from sre_lab.prometheus.promql.columns import InstantSeries, Labels, Numbers, RangeSeries, Value, Vector, each
from sre_lab.prometheus.promql.functions import FUNCTIONS, FunctionArguments
from sre_lab.prometheus.promql.labels import absent
from sre_lab.prometheus.promql.matching import combine
from sre_lab.prometheus.promql.range_functions import summarise
from sre_lab.prometheus.promql.selection import instants, parts, ranges, select, stamps
from sre_lab.prometheus.promql.tree import (
    AggregateExpression,
    BinaryExpression,
    LabelMatcher,
    Node,
    NumberLiteral,
    ParenthesizedExpression,
    PromqlCall,
    StringLiteral,
    SubqueryExpression,
    TimeModifier,
    UnaryExpression,
    VectorSelector,
    bare,
)
from sre_lab.telemetry import MetricSeries, MetricStore

SUBQUERY_STEP = 60.0  # seconds, where a subquery names none: the server's evaluation interval


@dataclass(frozen=True)
class EvaluationTimes:
    """The times of one evaluation, rising; `start` and `end` are those of the whole query, for `@`."""

    times: tuple[float, ...]
    start: float
    end: float

    @classmethod
    def at(cls, time: float) -> EvaluationTimes:
        return cls((time,), time, time)

    @classmethod
    def each(cls, start: float, end: float, step: float) -> EvaluationTimes:
        count = math.floor((end - start) / step + 1e-9) + 1
        return cls(tuple(round(start + place * step, 3) for place in range(count)), start, end)

    def shifted_by(self, by: TimeModifier) -> tuple[float, ...]:
        fixed = {"start": self.start, "end": self.end}.get(str(by.fixed), by.fixed)
        times = self.times if fixed is None else (float(fixed),) * len(self.times)
        return tuple(time - by.offset for time in times) if by.offset else times


class PromqlEvaluation:
    """One expression over the samples; series are looked up once."""

    def __init__(self, metrics: MetricStore, tree: Node) -> None:
        self._metrics = metrics
        self._tree = tree
        self._found: dict[tuple[LabelMatcher, ...], list[tuple[Labels, MetricSeries]]] = {}

    def over(self, moments: EvaluationTimes) -> Value:
        """Numbers, a text, rows or windows, one value a moment; PromqlError of kind `execution` where there is none."""
        return self._value(self._tree, moments)

    def _value(self, node: Node, moments: EvaluationTimes) -> Value:
        if isinstance(node, NumberLiteral):
            return [node.value] * len(moments.times)
        if isinstance(node, StringLiteral):
            return node.value
        if isinstance(node, ParenthesizedExpression):
            return self._value(node.inner, moments)
        if isinstance(node, VectorSelector):
            times, series = moments.shifted_by(node.moment), self._series(node)
            return instants(series, times) if node.span is None else ranges(series, times, node.span)
        if isinstance(node, SubqueryExpression):
            return self._subquery(node, moments)
        if isinstance(node, PromqlCall):
            return self._call(node, moments)
        if isinstance(node, BinaryExpression):
            return combine(node, self._operand(node.left, moments), self._operand(node.right, moments))
        if isinstance(node, UnaryExpression):
            return self._apply_sign(node, moments)
        return self._aggregate(node, moments)

    def _operand(self, node: Node, moments: EvaluationTimes) -> Numbers | Vector:
        value = self._value(node, moments)
        assert not isinstance(value, str)
        return value  # type: ignore[return-value]  # the types of an operator's sides are checked when it is read

    def _series(self, node: VectorSelector) -> list[tuple[Labels, MetricSeries]]:
        if node.matchers not in self._found:
            self._found[node.matchers] = list(select(self._metrics, node.matchers))
        return self._found[node.matchers]

    def _apply_sign(self, node: UnaryExpression, moments: EvaluationTimes) -> Value:
        value = self._operand(node.inner, moments)
        if not node.negated:
            return value
        if any(isinstance(item, InstantSeries) for item in value):
            return each([row for row in value if isinstance(row, InstantSeries)], lambda number: -number)
        return [-number for number in value if isinstance(number, float)]

    def _aggregate(self, node: AggregateExpression, moments: EvaluationTimes) -> Value:
        value = self._operand(node.inner, moments)
        parameter = None if node.parameter is None else self._value(node.parameter, moments)
        numbers = (
            parameter
            if parameter is None or isinstance(parameter, str)
            else [number for number in parameter if isinstance(number, float)]
        )
        return aggregate(node, [row for row in value if isinstance(row, InstantSeries)], numbers)

    def _call(self, node: PromqlCall, moments: EvaluationTimes) -> Value:
        first = bare(node.arguments[0]) if node.arguments else None
        if node.function == "timestamp" and isinstance(first, VectorSelector):
            return each(stamps(self._series(first), moments.shifted_by(first.moment)), lambda number: number)
        values = tuple(self._value(argument, moments) for argument in node.arguments)
        arguments = FunctionArguments(values, list(moments.times))
        if node.function in ("absent", "absent_over_time"):
            present = node.function == "absent"
            rows = arguments.vector() if present else summarise(arguments.ranges(), lambda samples: 1.0)
            return absent(rows, len(moments.times), first if isinstance(first, VectorSelector) else None)
        if node.function == "timestamp":
            return _timestamps(arguments)
        return FUNCTIONS[node.function](arguments)

    def _subquery(self, node: SubqueryExpression, moments: EvaluationTimes) -> list[RangeSeries]:
        """The inner expression at whole multiples of the step, as far as any window reaches."""
        times, step = moments.shifted_by(node.moment), node.step or SUBQUERY_STEP
        place = math.floor((times[0] - node.span) / step) + 1
        inner: list[float] = []
        while place * step <= times[-1]:
            inner.append(round(place * step, 3))
            place += 1
        if not inner:
            return []
        value = self._operand(node.inner, EvaluationTimes(tuple(inner), moments.start, moments.end))
        result = []
        for row in value:
            assert isinstance(row, InstantSeries)
            there = [(time, sample) for time, sample in zip(inner, row.values, strict=True) if sample is not None]
            if there:
                sample_times = [time for time, _ in there]
                cut = parts(sample_times, times, node.span)
                result.append(
                    RangeSeries(row.labels, sample_times, [sample for _, sample in there], cut, times, node.span)
                )
        return result


def _timestamps(arguments: FunctionArguments) -> Vector:
    moments = arguments.moments
    rows = [
        InstantSeries(row.labels, [None if value is None else moments[place] for place, value in enumerate(row.values)])
        for row in arguments.vector()
    ]
    return each(rows, lambda number: number)
