"""What a PromQL expression is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

ValueType = Literal["scalar", "string", "instant vector", "range vector"]


class PromqlError(Exception):
    """A query cannot be read (`bad_data`, status 400) or evaluated (`execution`, status 422)."""

    def __init__(self, message: str, kind: Literal["bad_data", "execution"] = "bad_data") -> None:
        super().__init__(message)
        self.kind = kind


def execution(message: str) -> PromqlError:
    """An expression that is well formed and yet has no answer over these series."""
    return PromqlError(message, "execution")


@dataclass(frozen=True)
class LabelMatcher:
    label: str
    sign: str  # = != =~ !~
    value: str
    pattern: re.Pattern[str] | None = None

    def takes(self, labels: dict[str, str]) -> bool:
        value = labels.get(self.label, "")
        if self.pattern is not None:
            return (self.pattern.fullmatch(value) is not None) is (self.sign == "=~")
        return (value == self.value) is (self.sign == "=")


@dataclass(frozen=True)
class TimeModifier:
    """Where `offset` (seconds back) and `@` move the time to: a fixed time, the query's start or end, or nothing."""

    offset: float | None = None
    fixed: float | Literal["start", "end"] | None = None


@dataclass(frozen=True)
class TextRange:
    """The place in the query's text, from the first character to behind the last."""

    start: int
    end: int


@dataclass(frozen=True)
class NumberLiteral:
    value: float
    spot: TextRange


@dataclass(frozen=True)
class StringLiteral:
    value: str
    spot: TextRange


@dataclass(frozen=True)
class VectorSelector:
    """`span` in seconds, None for an instant vector."""

    matchers: tuple[LabelMatcher, ...]
    spot: TextRange
    span: float | None = None
    moment: TimeModifier = TimeModifier()


@dataclass(frozen=True)
class SubqueryExpression:
    """`inner` each `step` seconds (None: the server's default) over `span` seconds."""

    inner: Node
    span: float
    step: float | None
    spot: TextRange
    moment: TimeModifier = TimeModifier()


@dataclass(frozen=True)
class PromqlCall:
    function: str
    arguments: tuple[Node, ...]
    spot: TextRange


@dataclass(frozen=True)
class AggregateExpression:
    operator: str
    inner: Node
    spot: TextRange
    labels: tuple[str, ...] = ()
    without: bool = False
    parameter: Node | None = None


@dataclass(frozen=True)
class VectorMatching:
    """How the elements of two vectors find each other: on these labels only, or on all but these.

    `many` is the side of which several elements may share one of the other; `include` are the labels taken over.
    """

    on: bool = False
    labels: tuple[str, ...] = ()
    many: Literal["", "left", "right"] = ""
    include: tuple[str, ...] = ()


@dataclass(frozen=True)
class BinaryExpression:
    operator: str
    left: Node
    right: Node
    spot: TextRange
    at: int  # where the operator stands
    returns_bool: bool = False
    matching: VectorMatching = VectorMatching()


@dataclass(frozen=True)
class UnaryExpression:
    """An expression behind `-` (negated) or `+`."""

    inner: Node
    negated: bool
    spot: TextRange


@dataclass(frozen=True)
class ParenthesizedExpression:
    inner: Node
    spot: TextRange


Node = (
    NumberLiteral
    | StringLiteral
    | VectorSelector
    | SubqueryExpression
    | PromqlCall
    | AggregateExpression
    | BinaryExpression
    | UnaryExpression
    | ParenthesizedExpression
)


def bare(node: Node) -> Node:
    """The expression inside any parentheses."""
    while isinstance(node, ParenthesizedExpression):
        node = node.inner
    return node
