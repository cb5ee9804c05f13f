"""Brings the commands of a query into stages: steps for each batch, then one collector that needs to see all rows."""

from __future__ import annotations

from dataclasses import dataclass

from sre_lab.aws.logs.insights.collectors import NewCollector, distinct, grouped, kept, sorted_by
from sre_lab.aws.logs.insights.commands import (
    Command,
    Dedup,
    Diff,
    Display,
    Fields,
    Filter,
    Limit,
    Parse,
    Pattern,
    Script,
    Sort,
    Stats,
    Unnest,
)
from sre_lab.aws.logs.insights.evaluation import Scope
from sre_lab.aws.logs.insights.language import MOST_ROWS
from sre_lab.aws.logs.insights.patterns import patterns
from sre_lab.aws.logs.insights.steps import Step, step
from sre_lab.aws.logs.insights.tree import Field
from sre_lab.aws.logs.insights.values import Kind

ROWWISE = (Fields, Filter, Parse, Unnest)
OF_EVENTS = ["@timestamp", "@message"]  # shown where a query names no fields


@dataclass(frozen=True)
class Stage:
    steps: list[Step]
    collector: NewCollector


class Plan:
    """The stages of a query and the columns of its answer; AwsError where an expression cannot stand where it does."""

    def __init__(self, query: str, script: Script, *, now: float, limit: int) -> None:
        self.stages: list[Stage] = []
        self._scope = Scope(query, now)
        self._steps: list[Step] = []
        self._shown: list[str] = []
        self._displayed = False
        commands = _ordered(script.commands)
        for place, command in enumerate(commands):
            self._add(command, commands[place + 1 :], limit)
        if not any(isinstance(command, Limit) for command in commands):
            self._collect(kept(limit))
        elif self._steps:
            self._collect(kept(MOST_ROWS))
        self.columns: dict[str, Kind] = {name: self._kind(name) for name in self._shown or OF_EVENTS}

    def _add(self, command: Command, following: list[Command], limit: int) -> None:
        scope = self._scope
        if isinstance(command, Display):
            self._show(command)
        elif isinstance(command, ROWWISE):
            self._steps.append(step(command, scope))
            if not self._displayed:
                self._shown += [name for name in _made(command) if name not in self._shown]
        elif isinstance(command, Stats):
            names = [name for name, _ in (*command.by, *command.summaries)]
            self._collect(grouped(command, scope), list(dict.fromkeys(names)))
        elif isinstance(command, Pattern):
            compared = bool(following) and isinstance(following[0], Diff)
            self._collect(*patterns(command, scope, compared=compared))
        elif isinstance(command, Sort):
            self._collect(sorted_by(command, scope, _rows_needed(following, limit)))
        elif isinstance(command, Dedup):
            self._collect(distinct(command, scope))
        elif isinstance(command, Limit):
            self._collect(kept(command.rows))

    def _show(self, command: Display) -> None:
        """Only these columns, whatever commands say of fields before or after."""
        self._steps.append(step(Fields(command.names), self._scope))
        self._shown, self._displayed = [name for name, _ in command.names], True

    def _collect(self, collector: NewCollector, columns: list[str] | None = None) -> None:
        """End a stage; `columns` take the place of those shown before."""
        self.stages.append(Stage(self._steps, collector))
        self._steps = []
        if columns is not None:
            self._shown, self._displayed = columns, False

    def _kind(self, name: str) -> Kind:
        return self._scope.kind(Field(name, at=0, text=name))


def _ordered(commands: list[Command]) -> list[Command]:
    """With the pattern that a diff alone implies, and with sorts behind what works on single rows.

    So a sort has to hold only the rows that are left.
    """
    found: list[Command] = []
    for command in commands:
        if isinstance(command, Diff) and not any(isinstance(one, Pattern) for one in found):
            found.append(Pattern(Field("@message", at=0, text="@message")))
        place = len(found)
        while isinstance(command, ROWWISE) and place and isinstance(found[place - 1], Sort):
            place -= 1
        found.insert(place, command)
    return found


def _made(command: Fields | Filter | Parse | Unnest) -> list[str]:
    if isinstance(command, Fields):
        return [name for name, _ in command.columns]
    if isinstance(command, Parse):
        return command.names
    return [command.name] if isinstance(command, Unnest) else []


def _rows_needed(following: list[Command], limit: int) -> int | None:
    """How many of the sorted rows the rest of the query can use; None for all."""
    for command in following:
        if isinstance(command, Limit):
            return command.rows
        if not isinstance(command, Display):
            return None
    return limit
