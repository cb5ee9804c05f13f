"""Turns an expression of a query, once, into a function from a batch of rows to a column of values."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from sre_lab.aws.errors import AwsError
from sre_lab.aws.logs.insights.batches import RowBatch
from sre_lab.aws.logs.insights.durations import round_down, round_up
from sre_lab.aws.logs.insights.functions import FUNCTIONS
from sre_lab.aws.logs.insights.regexes import needles, search
from sre_lab.aws.logs.insights.tokens import malformed_query
from sre_lab.aws.logs.insights.tree import (
    AggregateCall,
    Calculation,
    Comparison,
    Conjunction,
    ConstantValue,
    Disjunction,
    Expression,
    FieldReference,
    FunctionCall,
    InList,
    Like,
    Negation,
    PeriodConstant,
)
from sre_lab.aws.logs.insights.values import Column, Kind, equal, number, order, texts, to_text, true

ColumnFunction = Callable[[RowBatch], Column]
SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "^": operator.pow,
}
ALWAYS_TEXT = ("@message", "@logStream", "@log")
TIMES = ("@timestamp", "@ingestionTime")


def without_spaces(text: str) -> str:
    """The text of an expression without its spaces: how a column made by stats is found again."""
    return "".join(text.split()).lower()


class ExpressionScope:
    """What the names in an expression mean at one step of a query: `kinds` of the columns that earlier steps made."""

    def __init__(self, query: str, now: float) -> None:
        self.query = query
        self.now = now
        self.kinds: dict[str, Kind] = {}
        self.summed = False  # rows are log events no more
        self._written: dict[str, str] = {}

    def make(self, name: str, kind: Kind) -> None:
        self.kinds[name] = kind

    def start_again(self, columns: dict[str, Kind]) -> None:
        """After stats there is nothing but its columns; `count(*)` then names the one that carries this text."""
        self.kinds = dict(columns)
        self.summed = True
        self._written = {without_spaces(name): name for name in columns}

    def column_of(self, node: Expression) -> str | None:
        """The column that a step before has made of this very expression."""
        return self._written.get(without_spaces(node.text)) if isinstance(node, FunctionCall | AggregateCall) else None

    def kind(self, node: Expression) -> Kind:
        if (column := self.column_of(node)) is not None:
            return self.kinds[column]
        if isinstance(node, FieldReference):
            return self.kinds.get(node.name, "time" if node.name in TIMES else "raw")
        if isinstance(node, FunctionCall):
            if node.function in ("unmask", "coalesce") and len({self.kind(part) for part in node.arguments}) == 1:
                return self.kind(node.arguments[0])
            return FUNCTIONS[node.function].gives
        return "raw" if isinstance(node, ConstantValue) else "computed"

    def values(self, node: Expression) -> ColumnFunction:
        """The function that computes the expression."""
        if isinstance(node, FieldReference):
            name = node.name
            return lambda batch: batch.column(name)
        if isinstance(node, ConstantValue):
            value = node.value
            return lambda batch: [value] * batch.size
        if (column := self.column_of(node)) is not None:
            return lambda batch: batch.column(column)
        if isinstance(node, FunctionCall):
            return self._call(node)
        if isinstance(node, Calculation):
            return self._calculation(node)
        if isinstance(node, AggregateCall):
            raise self.wrong(node, f"{node.text} is no column here; give it a name in stats and use that")
        if isinstance(node, PeriodConstant):
            raise self.wrong(node, "a span of time stands in bin, datefloor and dateceil only")
        return self.test(node)

    def wrong(self, node: Expression, problem: str) -> AwsError:
        return malformed_query(self.query, node.at, problem, node.end)

    def test(self, node: Expression) -> ColumnFunction:
        """The function that says of each row whether the expression is true."""
        if isinstance(node, Comparison):
            return self._comparison(node)
        if isinstance(node, Like):
            return self._like(node)
        if isinstance(node, InList):
            return self._among(node)
        if isinstance(node, Conjunction):
            left, right = self.test(node.left), self.test(node.right)
            return lambda batch: [a and b for a, b in zip(left(batch), right(batch), strict=True)]
        if isinstance(node, Disjunction):
            left, right = self.test(node.left), self.test(node.right)
            return lambda batch: [a or b for a, b in zip(left(batch), right(batch), strict=True)]
        if isinstance(node, Negation):
            inner = self.test(node.inner)
            return lambda batch: [not value for value in inner(batch)]
        values = self.values(node)
        return lambda batch: [true(value) for value in values(batch)]

    def texts(self, node: Expression) -> ColumnFunction:
        """The function that computes the expression as texts."""
        values, kind = self.values(node), self.kind(node)
        if isinstance(node, FieldReference) and node.name in ALWAYS_TEXT and node.name not in self.kinds:
            return values
        return lambda batch: texts(values(batch), kind)

    def _call(self, node: FunctionCall) -> ColumnFunction:
        if node.function == "now":
            seconds = int(self.now)
            return lambda batch: [seconds] * batch.size
        function = FUNCTIONS[node.function]
        if function.period >= 0:
            return self._cut(node)
        run = function.run
        parts = [
            self.texts(part) if function.texts and self.kind(part) == "time" else self.values(part)
            for part in node.arguments
        ]
        if len(parts) == 1:
            only = parts[0]
            return lambda batch: [run(value) for value in only(batch)]
        return lambda batch: list(map(run, *(part(batch) for part in parts)))

    def _cut(self, node: FunctionCall) -> ColumnFunction:
        period = next(part for part in node.arguments if isinstance(part, PeriodConstant))
        down = (round_up if node.function == "dateceil" else round_down)(period.span)
        run = FUNCTIONS[node.function].run
        if node.function == "bin":
            if self.summed and "@timestamp" not in self.kinds:
                raise self.wrong(node, "bin needs @timestamp, which the stats before does not hand on")
            return lambda batch: [None if at is None else down(at) for at in batch.column("@timestamp")]
        values = self.values(node.arguments[0])
        return lambda batch: [run(value, down) for value in values(batch)]

    def _calculation(self, node: Calculation) -> ColumnFunction:
        left, right, apply = self.values(node.left), self.values(node.right), ARITHMETIC[node.sign]

        def run(one: Any, other: Any) -> Any:
            a, b = number(one), number(other)
            try:
                result = None if a is None or b is None else apply(a, b)
                return None if isinstance(result, complex) else result
            except (ZeroDivisionError, OverflowError):
                return None

        return lambda batch: list(map(run, left(batch), right(batch)))

    def _comparison(self, node: Comparison) -> ColumnFunction:
        if node.sign in ("=", "!="):
            return self._equality(node)
        left, right = self.values(node.left), self.values(node.right)
        holds = SIGNS[node.sign]
        limit = node.right.value if isinstance(node.right, ConstantValue) else None
        if isinstance(limit, int | float):
            return lambda batch: [(n := number(value)) is not None and holds(n, limit) for value in left(batch)]

        def run(one: Any, other: Any) -> bool:
            if one is None or other is None:
                return False
            a, b = number(one), number(other)
            return holds(a, b) if a is not None and b is not None else holds(to_text(one), to_text(other))

        return lambda batch: list(map(run, left(batch), right(batch)))

    def _equality(self, node: Comparison) -> ColumnFunction:
        left, right = self.values(node.left), self.values(node.right)
        expected = node.sign == "="
        if isinstance(node.right, ConstantValue) and _is_word(node.right.value):
            word = node.right.value  # which no other text equals
            return lambda batch: [
                (value == word) is expected
                if type(value) is str
                else value is not None and equal(value, word) is expected
                for value in left(batch)
            ]
        return lambda batch: [
            a is not None and b is not None and equal(a, b) is expected
            for a, b in zip(left(batch), right(batch), strict=True)
        ]

    def _like(self, node: Like) -> ColumnFunction:
        values = self.texts(node.value)
        needed = needles(node.pattern) if node.regex else ((node.pattern,), False, True)
        certain = isinstance(node.value, FieldReference) and node.value.name in ALWAYS_TEXT
        if needed is not None and needed[1:] == (False, True) and len(needed[0]) == 1:
            word = needed[0][0]
            if certain:
                return lambda batch: [word in value for value in values(batch)]
            return lambda batch: [value is not None and word in value for value in values(batch)]
        test = search(node.pattern)
        if certain:
            return lambda batch: list(map(test, values(batch)))
        return lambda batch: [value is not None and test(value) for value in values(batch)]

    def _among(self, node: InList) -> ColumnFunction:
        values, choices = self.values(node.value), [self.values(choice) for choice in node.choices]
        if all(isinstance(choice, ConstantValue) for choice in node.choices):
            constants = [choice.value for choice in node.choices if isinstance(choice, ConstantValue)]
            words = {one for one in constants if isinstance(one, str)}
            return lambda batch: [
                value in words if type(value) is str and value in words else any(equal(value, one) for one in constants)
                for value in values(batch)
            ]

        def run(value: Any, *others: Any) -> bool:
            return any(equal(value, other) for other in others)

        return lambda batch: list(map(run, values(batch), *(choice(batch) for choice in choices)))


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and number(value) is None


def sort_key(kind: Kind) -> Callable[[Any], Any]:
    return (lambda value: -1 if value is None else value) if kind == "time" else order
