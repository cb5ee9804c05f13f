"""What a function of metric math is called with, and the words in which it refuses it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from sre_lab.aws.cloudwatch.expressions.language import refuse
from sre_lab.aws.cloudwatch.expressions.series import LabeledSeries, Value


@dataclass(frozen=True)
class ExpressionFrame:
    """What an expression is evaluated over: its window, its period and the metrics of the request by id.

    Periods begin at `anchor` and whole multiples of the period from it.
    """

    expression: str
    start: float
    end: float
    period: int
    metrics: dict[str, LabeledSeries] = field(default_factory=dict)
    anchor: float = 0.0

    def times(self) -> list[float]:
        """The beginning of each period in the window."""
        first = (self.start - self.anchor) // self.period * self.period + self.anchor
        return [first + step * self.period for step in range(math.ceil((self.end - first) / self.period))]

    def refuse(self, problem: str) -> NoReturn:
        refuse(self.expression, problem)


Function = Callable[[ExpressionFrame, list[Value]], Value]


def one(frame: ExpressionFrame, name: str, arguments: list[Value]) -> Value:
    """The only argument, which is not a text."""
    if len(arguments) != 1:
        frame.refuse(f"{name} takes 1 argument, not {len(arguments)}")
    if isinstance(arguments[0], str):
        frame.refuse(f"{name} takes a number, a time series or a list of them, not a text")
    return arguments[0]


def lines(frame: ExpressionFrame, name: str, arguments: list[Value]) -> list[LabeledSeries]:
    """The first argument as a list of time series; a single one is a list of one."""
    value = arguments[0] if arguments else 0.0
    if isinstance(value, LabeledSeries):
        return [value]
    if not isinstance(value, list):
        frame.refuse(f"{name} takes a list of time series")
    return value
