"""Reads SOURCE, which says in the query itself whose events it is about, and of which time."""

from __future__ import annotations

from sre_lab.aws.logs.insights.commands import SourceCommand, TimeBound
from sre_lab.aws.logs.insights.durations import seconds
from sre_lab.aws.logs.insights.reader import ExpressionReader
from sre_lab.clock import from_rfc3339

PREFIXES = 5  # that SOURCE takes
KEYS = {"loggroupclass": "class", "accountidentifiers": "accountidentifier"}


def source_of(reader: ExpressionReader) -> SourceCommand:
    """`logGroups(namePrefix: ["a"], class: "STANDARD", accountIdentifiers: ["1"]) START=-3600s END=0s`.

    Every part is optional. MalformedQueryException says what else is written there.
    """
    if not reader.take_if("loggroups"):
        raise reader.unexpected("logGroups(...)")
    arguments = _groups(reader)
    prefixes = arguments.get("nameprefix", [])
    if len(prefixes) > PREFIXES:
        raise reader.wrong(f"SOURCE takes at most {PREFIXES} prefixes", 0)
    bounds: dict[str, TimeBound] = {}
    for word in ("start", "end"):
        if reader.take_if(word):
            reader.need("=")
            bounds[word] = _time_bound(reader)
    log_class = (arguments.get("class") or ["STANDARD"])[0]
    return SourceCommand(
        prefixes, arguments.get("accountidentifier", []), log_class, bounds.get("start"), bounds.get("end")
    )


def _groups(reader: ExpressionReader) -> dict[str, list[str]]:
    reader.need("(")
    arguments: dict[str, list[str]] = {}
    while not reader.take_if(")"):
        name = reader.take("name")
        key = KEYS.get(name.text.lower(), name.text.lower())
        if key not in ("nameprefix", "accountidentifier", "class"):
            raise reader.wrong(f"{name.text} is not known in SOURCE logGroups(...)", name.at, name.end)
        reader.need(":")
        arguments[key] = _texts(reader)
        if not reader.take_if(","):
            reader.need(")")
            break
    return arguments


def _texts(reader: ExpressionReader) -> list[str]:
    if not reader.take_if("["):
        return [reader.take("text", "name").text]
    texts: list[str] = []
    while not reader.take_if("]"):
        texts.append(reader.take("text", "number").text)
        if not reader.take_if(","):
            reader.need("]")
            break
    return texts


def _time_bound(reader: ExpressionReader) -> TimeBound:
    """A moment, or a span before now: `2026-01-23T00:00:00.000Z`, `-12h`, `0s`."""
    at = reader.at
    reader.take_if("-")
    token = reader.take("span", "moment")
    try:
        if token.kind == "moment":
            return TimeBound(at=from_rfc3339(token.text))
        return TimeBound(ago=seconds(token.text))
    except ValueError as problem:
        raise reader.wrong(str(problem), at, token.end) from problem
