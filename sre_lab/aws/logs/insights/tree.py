"""What an expression of a query says, before it is turned into something that runs.

Each node knows where it was written, for errors and for columns that carry the text of their expression.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ExpressionNode:
    at: int = field(compare=False, kw_only=True)
    text: str = field(compare=False, kw_only=True)  # as written

    @property
    def end(self) -> int:
        return self.at + len(self.text)


@dataclass(frozen=True)
class FieldReference(ExpressionNode):
    name: str


@dataclass(frozen=True)
class ConstantValue(ExpressionNode):
    value: str | int | float | bool


@dataclass(frozen=True)
class PeriodConstant(ExpressionNode):
    """A span of time such as 5m, as written."""

    span: str


@dataclass(frozen=True)
class FunctionCall(ExpressionNode):
    function: str  # in lower case
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class AggregateCall(ExpressionNode):
    """Sums up a group: `argument` is None for count(*), `percent` is for pct."""

    function: str
    argument: Expression | None
    percent: float = 0.0


@dataclass(frozen=True)
class Calculation(ExpressionNode):
    sign: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Comparison(ExpressionNode):
    sign: str  # = != < <= > >=
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Like(ExpressionNode):
    """Whether a text holds a substring or a match of a regular expression."""

    value: Expression
    pattern: str
    regex: bool


@dataclass(frozen=True)
class InList(ExpressionNode):
    value: Expression
    choices: tuple[Expression, ...]


@dataclass(frozen=True)
class Conjunction(ExpressionNode):
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Disjunction(ExpressionNode):
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Negation(ExpressionNode):
    inner: Expression


Expression = (
    FieldReference
    | ConstantValue
    | PeriodConstant
    | FunctionCall
    | AggregateCall
    | Calculation
    | Comparison
    | Like
    | InList
    | Conjunction
    | Disjunction
    | Negation
)


def aggregates(node: Expression) -> list[AggregateCall]:
    """Every aggregate inside an expression."""
    if isinstance(node, AggregateCall):
        return [node]
    inner: tuple[Expression, ...] = ()
    if isinstance(node, FunctionCall):
        inner = node.arguments
    elif isinstance(node, Calculation | Comparison | Conjunction | Disjunction):
        inner = (node.left, node.right)
    elif isinstance(node, Like):
        inner = (node.value,)
    elif isinstance(node, InList):
        inner = (node.value, *node.choices)
    elif isinstance(node, Negation):
        inner = (node.inner,)
    return [aggregate for part in inner for aggregate in aggregates(part)]
