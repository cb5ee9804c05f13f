"""Reads a whole query. What it does not know is refused with the place, never skipped."""

from __future__ import annotations

from collections.abc import Callable

from sre_lab.aws.logs.insights.command_order import check
from sre_lab.aws.logs.insights.commands import (
    Command,
    DedupCommand,
    DiffCommand,
    DisplayCommand,
    FieldsCommand,
    FilterCommand,
    InsightsQuery,
    LimitCommand,
    NamedExpression,
    ParseCommand,
    PatternCommand,
    SortCommand,
    StatsCommand,
    UnnestCommand,
)
from sre_lab.aws.logs.insights.reader import ExpressionReader
from sre_lab.aws.logs.insights.sources import source_of
from sre_lab.aws.logs.insights.tokens import InsightsToken
from sre_lab.aws.logs.insights.tree import Expression, FieldReference, aggregates

MOST_ROWS = 100_000
PERIODS = ("previousday", "previousweek", "previousmonth")
ELSEWHERE = ("anomaly", "filterindex", "join", "logcompare", "lookup")  # commands of the service, not of the lab


def parse(query: str) -> InsightsQuery:
    """The commands of a query; AwsError MalformedQueryException names what is not understood, and where."""
    reader = ExpressionReader(query)
    commands: list[Command] = []
    source = None
    if reader.take_if("source"):
        source = source_of(reader)
        if reader.token is None:
            return InsightsQuery([], source)
        reader.need("|")
    while True:
        name = reader.take("name")
        command = _command(reader, name)
        check(reader, name, commands, command)
        commands.append(command)
        if reader.token is None:
            return InsightsQuery(commands, source)
        reader.need("|")


def _command(reader: ExpressionReader, name: InsightsToken) -> Command:
    word = name.text.lower()
    if word not in COMMANDS:
        known_names = ", ".join(sorted([*COMMANDS, "source"]))
        what = "is not supported here" if word in ELSEWHERE else "is not known"
        raise reader.wrong(f"the command {name.text} {what}. Supported: {known_names}", name.at, name.end)
    return COMMANDS[word](reader)


def _value(reader: ExpressionReader) -> Expression:
    """An expression over single rows."""
    expression = reader.expression()
    for inner in aggregates(expression):
        raise reader.wrong(f"{inner.function} sums up a group, so it stands in stats only", inner.at, inner.end)
    return expression


def _columns(
    reader: ExpressionReader, read: Callable[[ExpressionReader], Expression] = _value
) -> list[NamedExpression]:
    """Expressions with their names: after `as`, else the text as it is written."""
    columns = []
    while True:
        expression = read(reader)
        name = expression.name if isinstance(expression, FieldReference) else expression.text
        if reader.take_if("as"):
            name = reader.take("name", "field").text
        columns.append((name, expression))
        if not reader.take_if(","):
            return columns


def _fields(reader: ExpressionReader) -> Command:
    return FieldsCommand(_columns(reader))


def _display(reader: ExpressionReader) -> Command:
    return DisplayCommand(_columns(reader))


def _filter(reader: ExpressionReader) -> Command:
    return FilterCommand(_value(reader))


def _parse(reader: ExpressionReader) -> Command:
    source: Expression = FieldReference("@message", at=reader.at, text="@message")
    if reader.token is None or reader.token.kind not in ("regex", "text"):
        source = _value(reader)
    pattern = reader.take("regex", "text")
    names: list[str] = []
    if reader.take_if("as"):
        names.append(reader.take("name", "field").text)
        while reader.take_if(","):
            names.append(reader.take("name", "field").text)
    if pattern.kind == "text":
        count = pattern.text.count("*")
    else:
        regex = reader.regex(pattern)
        groups = [name for name, _ in sorted(regex.groupindex.items(), key=lambda item: item[1])]
        count = regex.groups if names else len(groups)
        names = names or groups
    if len(names) != count or not names:
        raise reader.wrong(f"the pattern has {count} parts to parse, but {len(names)} names", pattern.at, pattern.end)
    return ParseCommand(source, pattern.text, pattern.kind == "regex", names)


def _unnest(reader: ExpressionReader) -> Command:
    source = _value(reader)
    reader.need("into")
    return UnnestCommand(source, reader.take("name", "field").text)


def _stats(reader: ExpressionReader) -> Command:
    summaries = _columns(reader, ExpressionReader.expression)
    if not any(aggregates(expression) for _, expression in summaries):
        raise reader.wrong("stats needs a function that sums up a group, such as count(*)", summaries[0][1].at)
    return StatsCommand(summaries, _columns(reader) if reader.take_if("by") else [])


def _sort(reader: ExpressionReader) -> Command:
    keys = []
    reader.take_if("by")
    while True:
        expression = reader.expression()
        descending = reader.take_if("desc")
        if not descending:
            reader.take_if("asc")
        keys.append((expression, descending))
        if not reader.take_if(","):
            return SortCommand(keys)


def _limit(reader: ExpressionReader) -> Command:
    token = reader.take("number")
    if not token.text.isdigit() or not 1 <= int(token.text) <= MOST_ROWS:
        raise reader.wrong(f"limit takes a number from 1 to {MOST_ROWS}", token.at, token.end)
    return LimitCommand(int(token.text))


def _dedup(reader: ExpressionReader) -> Command:
    return DedupCommand(_columns(reader))


def _pattern(reader: ExpressionReader) -> Command:
    return PatternCommand(_value(reader))


def _diff(reader: ExpressionReader) -> Command:
    token = reader.token
    if token is None or token.text == "|":
        return DiffCommand("previous")
    if token.text.lower() not in PERIODS:
        raise reader.unexpected("previousDay, previousWeek or previousMonth")
    return DiffCommand(reader.take("name").text.lower())


COMMANDS: dict[str, Callable[[ExpressionReader], Command]] = {
    "dedup": _dedup,
    "diff": _diff,
    "display": _display,
    "fields": _fields,
    "filter": _filter,
    "limit": _limit,
    "parse": _parse,
    "pattern": _pattern,
    "sort": _sort,
    "stats": _stats,
    "unmask": _fields,
    "unnest": _unnest,
}
