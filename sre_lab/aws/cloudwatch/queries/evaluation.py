"""Runs the queries of a GetMetricData request, or of an alarm, against what the world has measured."""

from __future__ import annotations

from collections.abc import Sequence

from sre_lab.aws.cloudwatch.anomalies import band
from sre_lab.aws.cloudwatch.expressions import language as tree
from sre_lab.aws.cloudwatch.expressions import sorting
from sre_lab.aws.cloudwatch.expressions.arguments import ExpressionFrame
from sre_lab.aws.cloudwatch.expressions.filling import WAYS
from sre_lab.aws.cloudwatch.expressions.functions import FUNCTIONS
from sre_lab.aws.cloudwatch.expressions.language import refuse
from sre_lab.aws.cloudwatch.expressions.metric_data_queries import MetricDataQuery
from sre_lab.aws.cloudwatch.expressions.search import search
from sre_lab.aws.cloudwatch.expressions.series import LabeledSeries, Value, combine, map_series
from sre_lab.aws.cloudwatch.metrics.selection import MetricStat
from sre_lab.aws.cloudwatch.metrics.statistics import Points, check_period, check_statistic
from sre_lab.world import World

BAND = "ANOMALY_DETECTION_BAND"
SPECIAL = (BAND, "PERIOD", "SEARCH")  # functions of names and texts, and not of values
WORDS = (*WAYS, *sorting.WORDS)


class MetricMathEvaluation:
    """All queries over one window, each computed once. Periods begin at `anchor` and whole multiples from it."""

    def __init__(
        self, world: World, queries: Sequence[MetricDataQuery], start: float, end: float, *, anchor: float = 0.0
    ) -> None:
        self._world = world
        self._queries = {query.id: query for query in queries}
        self._start, self._end, self._anchor = start, end, anchor
        self._done: dict[str, Value] = {}
        self._open: list[str] = []

    def lines(self, query: MetricDataQuery) -> list[LabeledSeries]:
        """The time series of a query. AwsError ValidationError when its expression yields none."""
        value = self.value(query.id)
        if isinstance(value, LabeledSeries):
            return [value]
        if isinstance(value, list):
            return value
        refuse(query.expression, "the expression yields a number, not a time series")

    def period(self, query: MetricDataQuery) -> int:
        """The period of a query in seconds: its own, or the longest of those it refers to."""
        if query.stat is not None or query.period:
            return query.stat.period if query.stat is not None else query.period
        inputs = self.inputs(query)
        if any(q.expression and tree.calls(tree.parse(q.expression), "METRICS") for q in inputs):
            inputs = list(self._queries.values())
        return max((q.stat.period if q.stat is not None else q.period for q in inputs), default=0) or 60

    def value(self, name: str) -> Value:
        """What a query comes to; AwsError ValidationError when it refers to itself."""
        if name not in self._done:
            query = self._queries[name]
            if name in self._open:
                refuse(query.expression, f"'{name}' refers to itself")
            self._open.append(name)
            self._done[name] = self._compute(query)
            self._open.pop()
        return self._done[name]

    def over(self, start: float, end: float) -> MetricMathEvaluation:
        """The same queries over another window."""
        return MetricMathEvaluation(self._world, list(self._queries.values()), start, end, anchor=self._anchor)

    def _compute(self, query: MetricDataQuery) -> Value:
        period = self.period(query)
        start = (self._start - self._anchor) // period * period + self._anchor
        if query.stat is not None:
            points = query.stat.points(self._world, start, self._end, self._anchor % period)
            return LabeledSeries(query.stat.metric, points, query.stat)
        parsed = tree.parse(query.expression)
        metrics: dict[str, LabeledSeries] = {}
        if tree.calls(parsed, "METRICS"):
            for other in self._queries.values():
                value = self.value(other.id) if other.stat is not None else None
                if isinstance(value, LabeledSeries):
                    metrics[other.id] = value
        value = self._run(
            parsed, ExpressionFrame(query.expression, start, self._end, period, metrics, self._anchor % period)
        )
        return LabeledSeries(query.id, value.points) if isinstance(value, LabeledSeries) else value

    def _run(self, node: tree.Node, frame: ExpressionFrame) -> Value:
        if isinstance(node, tree.MathNumber | tree.MathText):
            return node.value
        if isinstance(node, tree.MathName):
            if node.name in self._queries:
                return self.value(node.name)
            if node.name in WORDS:
                return node.name
            frame.refuse(f"Unrecognized id '{node.name}'")
        if isinstance(node, tree.MathArray):
            return self._array(node, frame)
        if isinstance(node, tree.MathNegation):
            return combine("-", 0.0, self._number(node.inner, frame))
        if isinstance(node, tree.MathOperation):
            return combine(node.sign, self._number(node.left, frame), self._number(node.right, frame))
        return self._call(node, frame)

    def _array(self, node: tree.MathArray, frame: ExpressionFrame) -> list[LabeledSeries]:
        values = [self._run(item, frame) for item in node.items]
        flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
        if not all(isinstance(one, LabeledSeries) for one in flat):
            frame.refuse("a list in brackets holds time series")
        return [one for one in flat if isinstance(one, LabeledSeries)]

    def _number(self, node: tree.Node, frame: ExpressionFrame) -> Value:
        value = self._run(node, frame)
        if isinstance(value, str):
            frame.refuse(f"'{value}' is a text, a number or time series is needed")
        return value

    def _call(self, call: tree.MathCall, frame: ExpressionFrame) -> Value:
        if call.function == "SEARCH":
            return self._search(call, frame)
        if call.function == "PERIOD":
            return float(self.period(self._query_of(call, frame)))
        if call.function == BAND:
            return self._band(call, frame)
        if call.function not in FUNCTIONS:
            known_names = ", ".join(sorted([*FUNCTIONS, *SPECIAL]))
            frame.refuse(f"Unsupported function '{call.function}'. Supported: {known_names}")
        value = FUNCTIONS[call.function](frame, [self._run(argument, frame) for argument in call.arguments])
        return map_series(value, lambda points: dict(sorted(points.items())))

    def _query_of(self, call: tree.MathCall, frame: ExpressionFrame) -> MetricDataQuery:
        """The query that the first argument names."""
        name = call.arguments[0] if call.arguments else None
        if not isinstance(name, tree.MathName) or name.name not in self._queries:
            frame.refuse(f"{call.function} takes the id of a metric or expression of this request")
        return self._queries[name.name]

    def _search(self, call: tree.MathCall, frame: ExpressionFrame) -> Value:
        words = [self._run(argument, frame) for argument in call.arguments]
        if len(words) not in (2, 3) or not isinstance(words[0], str) or not isinstance(words[1], str):
            frame.refuse("SEARCH takes a search text, a statistic and a period")
        period = check_period(int(words[2])) if len(words) == 3 and isinstance(words[2], float) else frame.period
        series = []
        for namespace, metric, dimensions in search(self._world, words[0]):
            stat = MetricStat(namespace, metric, dict(dimensions), check_statistic(words[1]), period)
            label = " ".join([metric, *(value for _, value in dimensions)])
            series.append(
                LabeledSeries(label, stat.points(self._world, frame.start, frame.end, frame.anchor % period), stat)
            )
        return series

    def _band(self, call: tree.MathCall, frame: ExpressionFrame) -> Value:
        query = self._query_of(call, frame)
        if query.id in self._open:
            frame.refuse(f"'{query.id}' refers to itself")
        width = self._run(call.arguments[1], frame) if len(call.arguments) > 1 else 2.0
        if not isinstance(width, int | float) or not width > 0 or len(call.arguments) > 2:
            frame.refuse(f"{BAND} takes a metric and optionally a width in standard deviations above 0")

        def past(start: float, end: float) -> Points:
            lines = self.over(start, end).lines(query)
            return lines[0].points if lines else {}

        upper, lower = band.around(self._world, self.inputs(query), query, past, frame, float(width))
        label = query.label or (query.stat.metric if query.stat else query.id)
        return [LabeledSeries(f"{label} (expected) High", upper), LabeledSeries(f"{label} (expected) Low", lower)]

    def inputs(self, query: MetricDataQuery) -> list[MetricDataQuery]:
        """The queries that a query rests on, itself included."""
        ids, open_ = {query.id}, [query]
        while open_:
            expression = open_.pop().expression
            names = tree.names(tree.parse(expression)) & set(self._queries) if expression else set()
            open_ += [self._queries[name] for name in sorted(names - ids)]
            ids |= names
        return [self._queries[name] for name in sorted(ids)]
