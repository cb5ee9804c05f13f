"""Reads a whole query: the commands between the pipes, each as a step over rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from sre_agent.lab.aws.logs.insights.expressions import Reader
from sre_agent.lab.aws.logs.insights.functions import AGGREGATES, PERCENTILE
from sre_agent.lab.aws.logs.insights.values import Expression

Named = tuple[str, Expression]


@dataclass(frozen=True)
class Fields:
    columns: list[Named]


@dataclass(frozen=True)
class Display:
    names: list[str]


@dataclass(frozen=True)
class Filter:
    test: Expression


@dataclass(frozen=True)
class Parse:
    """`pattern`'s groups, in order, become the fields `names`."""

    source: Expression
    pattern: re.Pattern[str]
    names: list[str]


@dataclass(frozen=True)
class Summary:
    name: str
    function: str
    argument: Expression | None
    percent: float = 0.0


@dataclass(frozen=True)
class Stats:
    summaries: list[Summary]
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


Command = Fields | Display | Filter | Parse | Stats | Sort | Limit | Dedup


@dataclass
class Script:
    commands: list[Command] = field(default_factory=list)


def parse(query: str) -> Script:
    """The commands of a query; AwsError MalformedQueryException names what is not understood, and where."""
    reader, script = Reader(query), Script()
    while True:
        name = reader.take("name")
        if name.text.lower() not in COMMANDS:
            known = ", ".join(sorted(COMMANDS))
            raise reader.wrong(f"the command {name.text} is not supported here. Supported: {known}", name.at)
        script.commands.append(COMMANDS[name.text.lower()](reader))
        if reader.token is None:
            return script
        reader.need("|")


def _columns(reader: Reader) -> list[Named]:
    """Expressions with their names: after `as`, else the text as it is written."""
    columns = []
    while True:
        start = reader.at
        expression = reader.expression()
        name = reader.query[start : reader.last_end].strip("`")
        if reader.taken("as"):
            name = reader.take("name", "field").text
        columns.append((name, expression))
        if not reader.taken(","):
            return columns


def _display(reader: Reader) -> Display:
    return Display([name for name, _ in _columns(reader)])


def _parse(reader: Reader) -> Parse:
    source = reader.expression()
    token = reader.take("regex", "text")
    names: list[str] = []
    if reader.taken("as"):
        names.append(reader.take("name", "field").text)
        while reader.taken(","):
            names.append(reader.take("name", "field").text)
    text = token.text
    if token.kind == "text":
        parts = [re.escape(part) for part in text.split("*")]
        text = "(.*?)".join(parts) + ("$" if not parts[-1] else "")
    try:
        pattern = re.compile(re.sub(r"\(\?<(?![=!])", "(?P<", text), re.DOTALL)
    except re.error as problem:
        raise reader.wrong(f"/{token.text}/ is no regular expression: {problem}", token.at) from problem
    groups = [name for name, _ in sorted(pattern.groupindex.items(), key=lambda item: item[1])]
    names = names or groups
    if len(names) != pattern.groups or not names:
        raise reader.wrong(f"the pattern has {pattern.groups} parts to parse, but {len(names)} names", token.at)
    return Parse(source, pattern, names)


def _stats(reader: Reader) -> Stats:
    summaries = [_summary(reader)]
    while reader.taken(","):
        summaries.append(_summary(reader))
    return Stats(summaries, _columns(reader) if reader.taken("by") else [])


def _summary(reader: Reader) -> Summary:
    start = reader.at
    name = reader.take("name")
    function = name.text.lower()
    if function not in AGGREGATES and function not in PERCENTILE:
        known = ", ".join(sorted([*AGGREGATES, *PERCENTILE]))
        raise reader.wrong(f"{name.text} does not sum up a group. Supported: {known}", name.at)
    reader.need("(")
    argument, percent = None, 0.0
    if not reader.taken("*") and not (reader.token and reader.token.text == ")"):
        argument = reader.expression()
    elif function != "count":
        raise reader.wrong(f"{name.text} needs a field", name.at)
    if function in PERCENTILE:
        reader.need(",")
        percent = float(reader.take("number").text)
    reader.need(")")
    shown = reader.query[start : reader.last_end]
    if reader.taken("as"):
        shown = reader.take("name", "field").text
    return Summary(shown, function, argument, percent)


def _sort(reader: Reader) -> Sort:
    keys = []
    while True:
        expression = _sort_key(reader)
        descending = reader.taken("desc")
        if not descending:
            reader.taken("asc")
        keys.append((expression, descending))
        if not reader.taken(","):
            return Sort(keys)


def _sort_key(reader: Reader) -> Expression:
    """A column that stats made keeps its written name, as in `sort count(*) desc`."""
    token = reader.token
    if token is not None and token.text.lower() in (*AGGREGATES, *PERCENTILE, "bin") and reader.follows("("):
        start = reader.at
        reader.take("name")
        reader.need("(")
        while not reader.taken(")"):
            reader.take("name", "field", "number", "span", "sign")
        written = reader.query[start : reader.last_end]
        return lambda row: row.get(written)
    return reader.expression()


def _limit(reader: Reader) -> Limit:
    return Limit(int(float(reader.take("number").text)))


COMMANDS: dict[str, Callable[[Reader], Command]] = {
    "dedup": lambda reader: Dedup(_columns(reader)),
    "display": _display,
    "fields": lambda reader: Fields(_columns(reader)),
    "filter": lambda reader: Filter(reader.expression()),
    "limit": _limit,
    "parse": _parse,
    "sort": _sort,
    "stats": _stats,
}
