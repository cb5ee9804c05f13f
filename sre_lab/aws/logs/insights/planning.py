"""Brings the commands of a query into stages: steps for each batch, then one collector that needs to see all rows."""

from __future__ import annotations

from dataclasses import dataclass

from sre_lab.aws.logs.insights.collectors import NewCollector, distinct_rows, first_rows, grouped_rows, sorted_rows
from sre_lab.aws.logs.insights.commands import (
    Command,
    DedupCommand,
    DiffCommand,
    DisplayCommand,
    FieldsCommand,
    FilterCommand,
    InsightsQuery,
    LimitCommand,
    ParseCommand,
    PatternCommand,
    SortCommand,
    StatsCommand,
    UnnestCommand,
)
from sre_lab.aws.logs.insights.evaluation import ExpressionScope
from sre_lab.aws.logs.insights.language import MOST_ROWS
from sre_lab.aws.logs.insights.patterns import patterns
from sre_lab.aws.logs.insights.steps import BatchStep, step
from sre_lab.aws.logs.insights.tree import FieldReference
from sre_lab.aws.logs.insights.values import Kind

ROWWISE = (FieldsCommand, FilterCommand, ParseCommand, UnnestCommand)
OF_EVENTS = ["@timestamp", "@message"]  # shown where a query names no fields


@dataclass(frozen=True)
class QueryStage:
    steps: list[BatchStep]
    collector: NewCollector


class QueryPlan:
    """The stages of a query and the columns of its answer; AwsError where an expression cannot stand where it does."""

    def __init__(self, query: str, script: InsightsQuery, *, now: float, limit: int) -> None:
        self.stages: list[QueryStage] = []
        self._scope = ExpressionScope(query, now)
        self._steps: list[BatchStep] = []
        self._shown: list[str] = []
        self._displayed = False
        commands = _order_commands(script.commands)
        for place, command in enumerate(commands):
            self._add(command, commands[place + 1 :], limit)
        if not any(isinstance(command, LimitCommand) for command in commands):
            self._collect(first_rows(limit))
        elif self._steps:
            self._collect(first_rows(MOST_ROWS))
        self.columns: dict[str, Kind] = {name: self._kind(name) for name in self._shown or OF_EVENTS}

    def _add(self, command: Command, following: list[Command], limit: int) -> None:
        scope = self._scope
        if isinstance(command, DisplayCommand):
            self._show(command)
        elif isinstance(command, ROWWISE):
            self._steps.append(step(command, scope))
            if not self._displayed:
                self._shown += [name for name in _new_names(command) if name not in self._shown]
        elif isinstance(command, StatsCommand):
            names = [name for name, _ in (*command.by, *command.summaries)]
            self._collect(grouped_rows(command, scope), list(dict.fromkeys(names)))
        elif isinstance(command, PatternCommand):
            is_diff = bool(following) and isinstance(following[0], DiffCommand)
            self._collect(*patterns(command, scope, is_diff=is_diff))
        elif isinstance(command, SortCommand):
            self._collect(sorted_rows(command, scope, _rows_needed(following, limit)))
        elif isinstance(command, DedupCommand):
            self._collect(distinct_rows(command, scope))
        elif isinstance(command, LimitCommand):
            self._collect(first_rows(command.rows))

    def _show(self, command: DisplayCommand) -> None:
        """Only these columns, whatever commands say of fields before or after."""
        self._steps.append(step(FieldsCommand(command.names), self._scope))
        self._shown, self._displayed = [name for name, _ in command.names], True

    def _collect(self, collector: NewCollector, columns: list[str] | None = None) -> None:
        """End a stage; `columns` take the place of those shown before."""
        self.stages.append(QueryStage(self._steps, collector))
        self._steps = []
        if columns is not None:
            self._shown, self._displayed = columns, False

    def _kind(self, name: str) -> Kind:
        return self._scope.kind(FieldReference(name, at=0, text=name))


def _order_commands(commands: list[Command]) -> list[Command]:
    """With the pattern that a diff alone implies, and with sorts behind what works on single rows.

    So a sort has to hold only the rows that are left.
    """
    result: list[Command] = []
    for command in commands:
        if isinstance(command, DiffCommand) and not any(isinstance(one, PatternCommand) for one in result):
            result.append(PatternCommand(FieldReference("@message", at=0, text="@message")))
        place = len(result)
        while isinstance(command, ROWWISE) and place and isinstance(result[place - 1], SortCommand):
            place -= 1
        result.insert(place, command)
    return result


def _new_names(command: FieldsCommand | FilterCommand | ParseCommand | UnnestCommand) -> list[str]:
    if isinstance(command, FieldsCommand):
        return [name for name, _ in command.columns]
    if isinstance(command, ParseCommand):
        return command.names
    return [command.name] if isinstance(command, UnnestCommand) else []


def _rows_needed(following: list[Command], limit: int) -> int | None:
    """How many of the sorted rows the rest of the query can use; None for all."""
    for command in following:
        if isinstance(command, LimitCommand):
            return command.rows
        if not isinstance(command, DisplayCommand):
            return None
    return limit
