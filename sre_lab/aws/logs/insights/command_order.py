"""Which command may follow which, as the service documents it."""

from __future__ import annotations

from sre_lab.aws.logs.insights.commands import (
    Command,
    DedupCommand,
    DiffCommand,
    DisplayCommand,
    FilterCommand,
    LimitCommand,
    PatternCommand,
    SortCommand,
    StatsCommand,
)
from sre_lab.aws.logs.insights.reader import ExpressionReader
from sre_lab.aws.logs.insights.tokens import InsightsToken

MOST_STATS = 2


def check(reader: ExpressionReader, name: InsightsToken, before: list[Command], command: Command) -> None:
    """MalformedQueryException where `command`, written at `name`, may not follow the ones before it."""
    problem = _problem(before, command)
    if problem:
        raise reader.wrong(problem, name.at, name.end)


def _problem(before: list[Command], command: Command) -> str:
    if any(isinstance(one, DedupCommand) for one in before) and not isinstance(command, LimitCommand):
        return "after dedup there may only be limit"
    if any(isinstance(one, DiffCommand) for one in before) and not isinstance(
        command, SortCommand | LimitCommand | FilterCommand | DisplayCommand
    ):
        return "after diff there may only be filter, sort, limit and display"
    if isinstance(command, StatsCommand):
        return _stats(before)
    if isinstance(command, PatternCommand) and any(isinstance(one, PatternCommand | StatsCommand) for one in before):
        return "pattern works on log events, so it cannot follow stats or another pattern"
    if isinstance(command, DiffCommand):
        return _diff(before)
    return ""


def _stats(before: list[Command]) -> str:
    places = [place for place, one in enumerate(before) if isinstance(one, StatsCommand)]
    if len(places) == MOST_STATS:
        return "a query has at most two stats commands"
    if places and any(isinstance(one, SortCommand | LimitCommand) for one in before):
        return "sort and limit must come after the second stats command"
    return ""


def _diff(before: list[Command]) -> str:
    if any(isinstance(one, StatsCommand | SortCommand | LimitCommand) for one in before):
        return "diff compares log events or their patterns, so it cannot follow stats, sort or limit"
    patterns = [place for place, one in enumerate(before) if isinstance(one, PatternCommand)]
    return "diff follows pattern directly" if patterns and patterns[0] != len(before) - 1 else ""
