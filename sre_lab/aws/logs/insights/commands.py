"""The commands of a query, as they are written between the pipes."""

from __future__ import annotations

from dataclasses import dataclass, field

from sre_lab.aws.logs.insights.tree import Expression

NamedExpression = tuple[str, Expression]


@dataclass(frozen=True)
class FieldsCommand:
    columns: list[NamedExpression]


@dataclass(frozen=True)
class DisplayCommand:
    names: list[NamedExpression]


@dataclass(frozen=True)
class FilterCommand:
    test: Expression


@dataclass(frozen=True)
class ParseCommand:
    """The parts of a glob, or the groups of a regular expression, become the fields `names`."""

    source: Expression
    pattern: str
    regex: bool
    names: list[str]


@dataclass(frozen=True)
class UnnestCommand:
    source: Expression
    name: str


@dataclass(frozen=True)
class StatsCommand:
    summaries: list[NamedExpression]
    by: list[NamedExpression]


@dataclass(frozen=True)
class SortCommand:
    keys: list[tuple[Expression, bool]]  # and whether descending


@dataclass(frozen=True)
class LimitCommand:
    rows: int


@dataclass(frozen=True)
class DedupCommand:
    names: list[NamedExpression]


@dataclass(frozen=True)
class PatternCommand:
    source: Expression


@dataclass(frozen=True)
class DiffCommand:
    """Compares with the window of `period` before: previous, previousday, previousweek, previousmonth."""

    period: str


RowCommand = FieldsCommand | FilterCommand | ParseCommand | UnnestCommand
Command = (
    RowCommand
    | DisplayCommand
    | StatsCommand
    | SortCommand
    | LimitCommand
    | DedupCommand
    | PatternCommand
    | DiffCommand
)


@dataclass(frozen=True)
class TimeBound:
    """START or END of a window: epoch seconds, or so many before now."""

    at: float = 0.0
    ago: float | None = None

    def seconds(self, now: float) -> int:
        return int(self.at if self.ago is None else now - self.ago)


@dataclass(frozen=True)
class SourceCommand:
    """SOURCE logGroups(...): every group whose name has one of the prefixes, of this class.

    `start` and `end`, where the query says them, stand for those of the request.
    """

    prefixes: list[str]
    accounts: list[str]
    log_class: str
    start: TimeBound | None = None
    end: TimeBound | None = None


@dataclass(frozen=True)
class InsightsQuery:
    commands: list[Command] = field(default_factory=list)
    source: SourceCommand | None = None
