"""Runs the queries of a GetMetricData request, or of an alarm, against what the world has measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sre_agent.lab.aws.cloudwatch import expressions as tree
from sre_agent.lab.aws.cloudwatch.expressions import refuse
from sre_agent.lab.aws.cloudwatch.functions import FUNCTIONS, Frame
from sre_agent.lab.aws.cloudwatch.search import HIDDEN, search
from sre_agent.lab.aws.cloudwatch.series import Line, Value, combine, mapped
from sre_agent.lab.aws.cloudwatch.statistics import Points, aggregate, check_period, check_statistic
from sre_agent.lab.aws.errors import AwsError
from sre_agent.lab.world import World


@dataclass(frozen=True)
class Stat:
    """One metric with its statistic."""

    namespace: str
    metric: str
    dimensions: dict[str, str]
    statistic: str
    period: int
    unit: str = ""

    def points(self, world: World, start: float, end: float) -> Points:
        series = world.metrics.get(self.namespace, self.metric, self.dimensions)
        if series is None or self.namespace == HIDDEN or (self.unit and series.unit not in (self.unit, "None")):
            return {}
        return aggregate(series.between(start, end), self.statistic, self.period)


@dataclass(frozen=True)
class Query:
    """One entry of MetricDataQueries: a metric, or an expression over others."""

    id: str
    label: str
    returned: bool
    stat: Stat | None = None
    expression: str = ""
    period: int = 0  # of an expression; 0 where its metrics decide


class Evaluation:
    """All queries over one window, each computed once."""

    def __init__(self, world: World, queries: Sequence[Query], start: float, end: float) -> None:
        self._world = world
        self._queries = {query.id: query for query in queries}
        self._start, self._end = start, end
        self._done: dict[str, Value] = {}
        self._open: list[str] = []

    def lines(self, query: Query) -> list[Line]:
        """The time series of a query. AwsError ValidationError when its expression yields none."""
        value = self.value(query.id)
        if isinstance(value, list):
            return value
        if not isinstance(value, Line):
            refuse(query.expression, "the expression yields a number, not a time series")
        return [Line(query.label or value.label, value.points) if query.label or query.stat else value]

    def period(self, query: Query) -> int:
        """The period of a query in seconds: its own, or the longest of those it refers to."""
        if query.stat is not None:
            return query.stat.period
        parsed = tree.parse(query.expression)
        inner = [self.period(self._queries[n]) for n in tree.names(parsed) if n in self._queries and n != query.id]
        if tree.calls(parsed, "METRICS"):
            inner += [q.stat.period for q in self._queries.values() if q.stat is not None]
        return query.period or max(inner, default=60)

    def value(self, name: str) -> Value:
        if name not in self._done:
            query = self._queries[name]
            if name in self._open:
                refuse(query.expression, f"'{name}' refers to itself")
            self._open.append(name)
            self._done[name] = self._compute(query)
            self._open.pop()
        return self._done[name]

    def _compute(self, query: Query) -> Value:
        period = self.period(query)
        start = self._start // period * period
        if query.stat is not None:
            return Line(query.label or query.stat.metric, query.stat.points(self._world, start, self._end))
        parsed = tree.parse(query.expression)
        metrics: dict[str, Line] = {}
        if tree.calls(parsed, "METRICS"):
            for other in self._queries.values():
                value = self.value(other.id) if other.stat is not None else None
                if isinstance(value, Line):
                    metrics[other.id] = value
        value = self._run(parsed, Frame(query.expression, start, self._end, period, metrics))
        return Line(query.label or query.id, value.points) if isinstance(value, Line) else value

    def _run(self, node: tree.Node, frame: Frame) -> Value:
        if isinstance(node, tree.Number | tree.Text):
            return node.value
        if isinstance(node, tree.Name):
            if node.name in self._queries:
                return self.value(node.name)
            if node.name in ("REPEAT", "LINEAR"):
                return node.name
            frame.refuse(f"Unrecognized id '{node.name}'")
        if isinstance(node, tree.Array):
            values = [self._run(item, frame) for item in node.items]
            flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
            return [one for one in flat if isinstance(one, Line)]
        if isinstance(node, tree.Negated):
            return combine("-", 0.0, self._number(node.inner, frame))
        if isinstance(node, tree.Operation):
            return combine(node.sign, self._number(node.left, frame), self._number(node.right, frame))
        return self._call(node, frame)

    def _number(self, node: tree.Node, frame: Frame) -> Value:
        value = self._run(node, frame)
        if isinstance(value, str):
            frame.refuse(f"'{value}' is a text, a number or time series is needed")
        return value

    def _call(self, call: tree.Call, frame: Frame) -> Value:
        if call.function == "SEARCH":
            return self._search(call, frame)
        if call.function not in FUNCTIONS:
            frame.refuse(f"Unsupported function '{call.function}'. Supported: {', '.join([*FUNCTIONS, 'SEARCH'])}")
        value = FUNCTIONS[call.function](frame, [self._run(argument, frame) for argument in call.arguments])
        return mapped(value, lambda points: dict(sorted(points.items())))

    def _search(self, call: tree.Call, frame: Frame) -> Value:
        words = [self._run(argument, frame) for argument in call.arguments]
        if len(words) not in (2, 3) or not isinstance(words[0], str) or not isinstance(words[1], str):
            frame.refuse("SEARCH takes a search text, a statistic and a period")
        period = check_period(int(words[2])) if len(words) == 3 and isinstance(words[2], float) else frame.period
        found = []
        for namespace, metric, dimensions in search(self._world.metrics, words[0]):
            stat = Stat(namespace, metric, dict(dimensions), check_statistic(words[1]), period)
            label = " ".join([metric, *(value for _, value in dimensions)])
            found.append(Line(label, stat.points(self._world, frame.start, frame.end)))
        return [line for line in found if line.points]


def read_queries(written: Sequence[dict[str, object]], default_period: int = 0) -> list[Query]:
    """MetricDataQueries as queries; AwsError ValidationError names what is wrong with which id."""
    queries: list[Query] = []
    for entry in written:
        name = str(entry.get("Id") or "")
        if not name or not name[0].islower() or any(q.id == name for q in queries):
            raise AwsError("ValidationError", f"The value {name!r} for parameter MetricDataQueries.Id is not valid")
        if bool(entry.get("Expression")) == bool(entry.get("MetricStat")):
            raise AwsError("ValidationError", f"Query {name}: give either MetricStat or Expression")
        returned, label = entry.get("ReturnData") is not False, str(entry.get("Label") or "")
        period = check_period(entry["Period"]) if entry.get("Period") else default_period
        if entry.get("Expression"):
            expression = str(entry["Expression"])
            _refuse_insights(expression)
            tree.parse(expression)
            queries.append(Query(name, label, returned, None, expression, period))
        else:
            queries.append(Query(name, label, returned, _read_stat(entry["MetricStat"])))
    return queries


def _refuse_insights(expression: str) -> None:
    if expression.lstrip().upper().startswith("SELECT"):
        refuse(expression, "Metrics Insights queries (SELECT) are not supported here")


def _read_stat(written: object) -> Stat:
    assert isinstance(written, dict)
    metric = written.get("Metric") or {}
    dimensions = {d["Name"]: d["Value"] for d in metric.get("Dimensions") or []}
    return Stat(
        str(metric.get("Namespace") or ""),
        str(metric.get("MetricName") or ""),
        dimensions,
        check_statistic(str(written.get("Stat") or "")),
        check_period(written.get("Period")),
        str(written.get("Unit") or ""),
    )
