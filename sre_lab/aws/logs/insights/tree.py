"""What an expression of a query says, before it is turned into something that runs.

Each node knows where it was written, for errors and for columns that carry the text of their expression.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Node:
    at: int = field(compare=False, kw_only=True)
    text: str = field(compare=False, kw_only=True)  # as written

    @property
    def end(self) -> int:
        return self.at + len(self.text)


@dataclass(frozen=True)
class Field(Node):
    name: str


@dataclass(frozen=True)
class Constant(Node):
    value: str | int | float | bool


@dataclass(frozen=True)
class Period(Node):
    """A span of time such as 5m, as written."""

    span: str


@dataclass(frozen=True)
class Call(Node):
    function: str  # in lower case
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Aggregate(Node):
    """Sums up a group: `argument` is None for count(*), `percent` is for pct."""

    function: str
    argument: Expression | None
    percent: float = 0.0


@dataclass(frozen=True)
class Calculation(Node):
    sign: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Comparison(Node):
    sign: str  # = != < <= > >=
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Like(Node):
    """Whether a text holds a substring or a match of a regular expression."""

    value: Expression
    pattern: str
    regex: bool


@dataclass(frozen=True)
class Among(Node):
    value: Expression
    choices: tuple[Expression, ...]


@dataclass(frozen=True)
class Both(Node):
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Either(Node):
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Negation(Node):
    inner: Expression


Expression = (
    Field | Constant | Period | Call | Aggregate | Calculation | Comparison | Like | Among | Both | Either | Negation
)


def aggregates(node: Expression) -> list[Aggregate]:
    """Every aggregate inside an expression."""
    if isinstance(node, Aggregate):
        return [node]
    inner: tuple[Expression, ...] = ()
    if isinstance(node, Call):
        inner = node.arguments
    elif isinstance(node, Calculation | Comparison | Both | Either):
        inner = (node.left, node.right)
    elif isinstance(node, Like):
        inner = (node.value,)
    elif isinstance(node, Among):
        inner = (node.value, *node.choices)
    elif isinstance(node, Negation):
        inner = (node.inner,)
    return [found for part in inner for found in aggregates(part)]
