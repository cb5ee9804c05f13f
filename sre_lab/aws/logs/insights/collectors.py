"""The commands that need to see all rows: stats, sort, limit, dedup.

A collector takes batches and can be asked at any moment for the rows so far, which is what a running query shows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from sre_lab.aws.logs.insights.aggregates import AggregateInput, new_accumulator
from sre_lab.aws.logs.insights.batches import RowBatch
from sre_lab.aws.logs.insights.commands import DedupCommand, SortCommand, StatsCommand
from sre_lab.aws.logs.insights.evaluation import ColumnFunction, ExpressionScope, sort_key
from sre_lab.aws.logs.insights.tree import AggregateCall, Expression, aggregates
from sre_lab.aws.logs.insights.values import Column, Kind, to_text

KEEPS_TIME = ("earliest", "latest", "sortsfirst", "sortslast")  # of a time, these give a time; others a number


class Collector(Protocol):
    def add(self, batch: RowBatch) -> None: ...

    def result(self) -> RowBatch: ...


NewCollector = Callable[[], Collector]  # an empty one


class FirstRows:
    """The first rows."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._held = 0
        self._batches: list[RowBatch] = []

    def add(self, batch: RowBatch) -> None:
        room = self._rows - self._held
        if room <= 0 and self._batches:
            return
        part = batch if batch.size <= room else batch.rows_at(range(room))
        self._batches.append(part)
        self._held += part.size

    def result(self) -> RowBatch:
        return RowBatch.concatenated(self._batches)


SortKey = tuple[ColumnFunction, Callable[[Any], Any], bool]  # values, what orders them, whether descending


class SortedRows:
    """All rows in order, or the first `most` of them; rows that are equal stay as they came."""

    def __init__(self, keys: list[SortKey], most: int | None) -> None:
        self._keys = keys
        self._most = most
        self._batches: list[RowBatch] = []

    def add(self, batch: RowBatch) -> None:
        self._batches.append(batch)
        if self._most is not None and sum(other.size for other in self._batches) > 4 * self._most + 10_000:
            self._batches = [self.result()]

    def result(self) -> RowBatch:
        batch = RowBatch.concatenated(self._batches)
        rows = list(range(batch.size))
        for values, key, descending in reversed(self._keys):
            column = [key(value) for value in values(batch)]
            rows.sort(key=column.__getitem__, reverse=descending)
        return batch.rows_at(rows[: self._most])


class DistinctRows:
    """The first row of each combination of values; a row without one of them is always kept."""

    def __init__(self, columns: list[ColumnFunction]) -> None:
        self._columns = columns
        self._seen: set[tuple[str, ...]] = set()
        self._batches: list[RowBatch] = []

    def add(self, batch: RowBatch) -> None:
        rows = []
        for row, values in enumerate(zip(*(column(batch) for column in self._columns), strict=True)):
            if None in values:
                rows.append(row)
                continue
            key = tuple(map(to_text, values))
            if key not in self._seen:
                self._seen.add(key)
                rows.append(row)
        if rows or not self._batches:
            self._batches.append(batch.rows_at(rows))

    def result(self) -> RowBatch:
        return RowBatch.concatenated(self._batches)


@dataclass(frozen=True)
class StatsGrouping:
    """A stats command made ready: what to group by, what to sum up, and the columns shown of it."""

    by: list[tuple[str, ColumnFunction]]
    needed: list[AggregateCall]
    arguments: dict[Expression, ColumnFunction]
    summaries: list[tuple[str, ColumnFunction]]
    columns: list[str]


class GroupedRows:
    """Groups by the values of `by`, and what each aggregate makes of them."""

    def __init__(self, grouping: StatsGrouping) -> None:
        self._grouping = grouping
        self._sums = {part: new_accumulator(part.function, part.percent) for part in grouping.needed}
        self._groups: dict[object, int] = {}
        self._keys: list[tuple[object, ...]] = []

    def add(self, batch: RowBatch) -> None:
        groups = self._group_numbers(batch)
        times = batch.column("@timestamp") if batch.rows_are_events or "@timestamp" in batch.known else None
        rows = AggregateInput(groups, None, times)
        inputs = {
            argument: AggregateInput(groups, values(batch), times)
            for argument, values in self._grouping.arguments.items()
        }
        for part, total in self._sums.items():
            total.add(rows if part.argument is None else inputs[part.argument])

    def _group_numbers(self, batch: RowBatch) -> list[int]:
        """The group of each row."""
        if not self._grouping.by:
            self._groups.setdefault((), 0)
            self._keys = self._keys or [()]
            return [0] * batch.size
        columns = [_hashable(values(batch)) for _, values in self._grouping.by]
        rows: Column = columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))
        for key in dict.fromkeys(rows):
            if key not in self._groups:
                self._groups[key] = len(self._groups)
                self._keys.append((key,) if len(columns) == 1 else key)
        return [self._groups[key] for key in rows]

    def result(self) -> RowBatch:
        places = range(len(self._keys))
        columns: dict[str, Column] = {
            name: [self._keys[place][column] for place in places] for column, (name, _) in enumerate(self._grouping.by)
        }
        for part, total in self._sums.items():
            columns[part.text] = [total.result(place) for place in places]
        batch = RowBatch(len(places), columns)
        for name, values in self._grouping.summaries:
            batch.known[name] = values(batch)
        return RowBatch(batch.size, {name: batch.known[name] for name in self._grouping.columns})


def _hashable(column: Column) -> Column:
    """Structures as their texts."""
    if not {dict, list} & set(map(type, column)):
        return column
    return [to_text(value) if isinstance(value, dict | list) else value for value in column]


def first_rows(rows: int) -> NewCollector:
    return lambda: FirstRows(rows)


def sorted_rows(command: SortCommand, scope: ExpressionScope, most: int | None) -> NewCollector:
    keys: list[SortKey] = [
        (scope.values(expression), sort_key(scope.kind(expression)), descending)
        for expression, descending in command.keys
    ]
    return lambda: SortedRows(keys, most)


def distinct_rows(command: DedupCommand, scope: ExpressionScope) -> NewCollector:
    columns = [scope.values(expression) for _, expression in command.names]
    return lambda: DistinctRows(columns)


def grouped_rows(command: StatsCommand, scope: ExpressionScope) -> NewCollector:
    """`scope` knows nothing but the columns of the command afterwards."""
    by = [(name, scope.values(expression)) for name, expression in command.by]
    needed = list(dict.fromkeys(part for _, expression in command.summaries for part in aggregates(expression)))
    arguments = {part.argument: scope.values(part.argument) for part in needed if part.argument is not None}
    kinds: dict[str, Kind] = {name: scope.kind(expression) for name, expression in command.by}
    scope.start_again({**kinds, **{part.text: _kind(part, scope) for part in needed}})
    summaries = []
    for name, expression in command.summaries:  # a later one may name an earlier one
        summaries.append((name, scope.values(expression)))
        scope.make(name, scope.kind(expression))
    columns = list(dict.fromkeys([*kinds, *(name for name, _ in summaries)]))
    scope.start_again({name: scope.kinds[name] for name in columns})
    grouping = StatsGrouping(by, needed, arguments, summaries, columns)
    return lambda: GroupedRows(grouping)


def _kind(part: AggregateCall, scope: ExpressionScope) -> Kind:
    if part.argument is None or part.function not in KEEPS_TIME:
        return "computed"
    return scope.kind(part.argument)
