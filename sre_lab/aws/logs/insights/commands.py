"""The commands of a query, as they are written between the pipes."""

from __future__ import annotations

from dataclasses import dataclass, field

from sre_lab.aws.logs.insights.tree import Expression

Named = tuple[str, Expression]


@dataclass(frozen=True)
class Fields:
    columns: list[Named]


@dataclass(frozen=True)
class Display:
    names: list[Named]


@dataclass(frozen=True)
class Filter:
    test: Expression


@dataclass(frozen=True)
class Parse:
    """The parts of a glob, or the groups of a regular expression, become the fields `names`."""

    source: Expression
    pattern: str
    regex: bool
    names: list[str]


@dataclass(frozen=True)
class Unnest:
    source: Expression
    name: str


@dataclass(frozen=True)
class Stats:
    summaries: list[Named]
    by: list[Named]


@dataclass(frozen=True)
class Sort:
    keys: list[tuple[Expression, bool]]  # and whether descending


@dataclass(frozen=True)
class Limit:
    rows: int


@dataclass(frozen=True)
class Dedup:
    names: list[Named]


@dataclass(frozen=True)
class Pattern:
    source: Expression


@dataclass(frozen=True)
class Diff:
    """Compares with the window of `period` before: previous, previousday, previousweek, previousmonth."""

    period: str


RowCommand = Fields | Filter | Parse | Unnest
Command = RowCommand | Display | Stats | Sort | Limit | Dedup | Pattern | Diff


@dataclass(frozen=True)
class Bound:
    """START or END of a window: epoch seconds, or so many before now."""

    at: float = 0.0
    ago: float | None = None

    def seconds(self, now: float) -> int:
        return int(self.at if self.ago is None else now - self.ago)


@dataclass(frozen=True)
class Source:
    """SOURCE logGroups(...): every group whose name has one of the prefixes, of this class.

    `start` and `end`, where the query says them, stand for those of the request.
    """

    prefixes: list[str]
    accounts: list[str]
    log_class: str
    start: Bound | None = None
    end: Bound | None = None


@dataclass(frozen=True)
class Script:
    commands: list[Command] = field(default_factory=list)
    source: Source | None = None
