"""What a PromQL expression is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


class QueryError(Exception):
    """The expression cannot be read or evaluated; the message is what the API answers with `bad_data`."""


@dataclass(frozen=True)
class Matcher:
    label: str
    sign: str  # = != =~ !~
    value: str
    pattern: re.Pattern[str] | None = None

    def takes(self, labels: dict[str, str]) -> bool:
        held = labels.get(self.label, "")
        if self.pattern is not None:
            return (self.pattern.fullmatch(held) is not None) is (self.sign == "=~")
        return (held == self.value) is (self.sign == "=")


@dataclass(frozen=True)
class Selector:
    """`span` in seconds, 0 for an instant vector; `offset` in seconds back from the evaluation."""

    matchers: tuple[Matcher, ...]
    span: float = 0.0
    offset: float = 0.0


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Text:
    value: str


@dataclass(frozen=True)
class Call:
    function: str
    arguments: tuple[Node, ...]
    at: int  # place in the query


@dataclass(frozen=True)
class Aggregation:
    operator: str
    inner: Node
    labels: tuple[str, ...] = ()
    without: bool = False
    parameter: Node | None = None


@dataclass(frozen=True)
class Binary:
    """`labels` with `on` true are matched on, with `on` false ignored; None matches on all labels."""

    operator: str
    left: Node
    right: Node
    returns_bool: bool = False
    on: bool = False
    labels: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Negated:
    inner: Node


Node = Selector | Number | Text | Call | Aggregation | Binary | Negated


@dataclass
class Sample:
    """One element of an instant vector."""

    labels: dict[str, str]
    value: float


@dataclass
class RangeSeries:
    """One element of a range vector, over (`start`, `end`]."""

    labels: dict[str, str]
    start: float
    end: float
    points: list[tuple[float, float]] = field(default_factory=list)


Vector = list[Sample]
Value = float | str | Vector | list[RangeSeries]
