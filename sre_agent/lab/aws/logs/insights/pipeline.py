"""Runs a query's commands over the events of its log groups."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cmp_to_key, partial
from typing import Any

from sre_agent.lab.aws.logs.groups import event_id, millis
from sre_agent.lab.aws.logs.insights.functions import AGGREGATES, percentile
from sre_agent.lab.aws.logs.insights.language import (
    Command,
    Dedup,
    Display,
    Fields,
    Filter,
    Limit,
    Parse,
    Script,
    Sort,
    Stats,
    Summary,
)
from sre_agent.lab.aws.logs.insights.values import Millis, Row, discovered, order, shown, true
from sre_agent.lab.world import World


@dataclass(frozen=True)
class Answer:
    """Result rows as texts, and how many records (and bytes) were looked at and matched."""

    rows: list[dict[str, str]]
    matched: int
    scanned: int
    bytes: int


@dataclass
class _State:
    rows: list[Row]
    columns: list[str]  # shown, in order; empty for @timestamp and @message
    matched: int
    pointer: bool = True  # rows are still log events, so each carries its @ptr


def run(world: World, groups: list[str], script: Script, start: float, end: float, limit: int) -> Answer:
    """Events with start <= time <= end, newest first, through the commands; at most `limit` rows."""
    rows = _events(world, groups, start, end)
    scanned, size = len(rows), sum(len(row["@message"]) for row in rows)
    state = _State(rows, [], len(rows))
    for command in script.commands:
        _apply(state, command)
    has_limit = any(isinstance(command, Limit) for command in script.commands)
    kept = state.rows if has_limit else state.rows[:limit]
    columns = state.columns or ["@timestamp", "@message"]
    names = [*columns, "@ptr"] if state.pointer else columns
    shown_rows = [{name: shown(row[name]) for name in names if row.get(name) is not None} for row in kept]
    return Answer(shown_rows, state.matched, scanned, size)


def _events(world: World, groups: list[str], start: float, end: float) -> list[Row]:
    rows = []
    for group in groups:
        for event in world.logs.between(group, start, end):
            at = Millis(millis(event.at))
            rows.append(
                {
                    **discovered(event.message),
                    "@timestamp": at,
                    "@ingestionTime": at,
                    "@message": event.message,
                    "@logStream": event.stream,
                    "@log": f"{world.cluster.account}:{group}",
                    "@ptr": event_id(group, event),
                }
            )
    rows.sort(key=lambda row: int(row["@timestamp"]), reverse=True)
    return rows


def _apply(state: _State, command: Command) -> None:
    if isinstance(command, Filter):
        state.rows = [row for row in state.rows if true(command.test(row))]
        state.matched = len(state.rows) if state.pointer else state.matched
    elif isinstance(command, Fields):
        for row in state.rows:
            row.update({name: value for name, expression in command.columns if (value := expression(row)) is not None})
        state.columns += [name for name, _ in command.columns if name not in state.columns]
    elif isinstance(command, Parse):
        _parse(state, command)
    elif isinstance(command, Display):
        state.columns = list(command.names)
    elif isinstance(command, Stats):
        state.rows = _stats(state.rows, command)
        state.columns = [*(name for name, _ in command.by), *(summary.name for summary in command.summaries)]
        state.pointer = False
    elif isinstance(command, Sort):
        state.rows = sorted(state.rows, key=cmp_to_key(partial(_order, command)))
    elif isinstance(command, Limit):
        state.rows = state.rows[: command.rows]
    else:
        state.rows = _distinct(state.rows, command)


def _parse(state: _State, command: Parse) -> None:
    for row in state.rows:
        text = command.source(row)
        found = command.pattern.search(shown(text)) if text is not None else None
        if found is not None:
            row.update({name: part for name, part in zip(command.names, found.groups(), strict=True) if part})
    if state.columns:
        state.columns += [name for name in command.names if name not in state.columns]


def _stats(rows: list[Row], command: Stats) -> list[Row]:
    groups: dict[tuple[str, ...], tuple[Row, list[Row]]] = {}
    for row in rows:
        keys = {name: expression(row) for name, expression in command.by}
        place = tuple("" if value is None else shown(value) for value in keys.values())
        groups.setdefault(place, (keys, []))[1].append(row)
    if not command.by and not groups:
        groups[()] = ({}, [])
    return [
        {**keys, **{summary.name: _summed(summary, inside) for summary in command.summaries}}
        for keys, inside in groups.values()
    ]


def _summed(summary: Summary, rows: list[Row]) -> Any:
    argument = summary.argument
    if argument is None:
        return len(rows)
    pairs = [(value, row) for row in rows if (value := argument(row)) is not None]
    values = [value for value, _ in pairs]
    if summary.function in AGGREGATES:
        return AGGREGATES[summary.function](values, [row for _, row in pairs])
    return percentile(values, summary.percent)


def _order(command: Sort, one: Row, other: Row) -> int:
    for expression, descending in command.keys:
        a, b = order(expression(one)), order(expression(other))
        if a != b:
            return (1 if a < b else -1) if descending else (-1 if a < b else 1)
    return 0


def _distinct(rows: list[Row], command: Dedup) -> list[Row]:
    seen: set[tuple[str, ...]] = set()
    kept = []
    for row in rows:
        key = tuple(shown(expression(row)) for _, expression in command.names)
        if key not in seen:
            seen.add(key)
            kept.append(row)
    return kept
