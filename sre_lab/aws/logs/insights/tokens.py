"""A query as text becomes tokens; regular expressions and comments are told from divisions by where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sre_lab.aws.errors import AwsError
from sre_lab.aws.logs.insights.durations import is_unit

_TOKEN = re.compile(
    r"(?P<moment>\d{4}-\d\d-\d\dT[\d:.]+Z)"
    r"|(?P<number>\d+(?:\.\d+)?(?P<unit>[A-Za-z]+)?(?![\w.]))"
    r"|(?P<name>(?!(?i:in|by)\[)@{0,2}[A-Za-z_][\w@]*(?:\.[\w@]+|\.`[^`]+`|\[\d+\])*)"
    r"|`(?P<quoted>[^`]+)`"
    r"|(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<sign>=~|!=|<=|>=|==|[-+*/%^=<>(),|\[\]:])"
)
_REGEX = re.compile(r"/((?:[^/\\\n]|\\.)+)/")
_SPACE = re.compile(r"(?:\s+|#[^\n]*)*")
_STEP = re.compile(r"\.`([^`]+)`|\[(\d+)\]")


@dataclass(frozen=True)
class InsightsToken:
    """`kind` is number, span, moment, name, field (a quoted name), text, regex or sign; `at` the place in the query."""

    kind: str
    text: str
    at: int
    end: int


def malformed_query(query: str, at: int, problem: str, end: int | None = None) -> AwsError:
    """MalformedQueryException with the place in its message and, as the service does, in `queryCompileError`."""
    at = min(at, len(query))
    line = query.count("\n", 0, at) + 1
    column = at - (query.rfind("\n", 0, at) + 1) + 1
    location = {"startCharOffset": at, "endCharOffset": max(at, min(len(query), at + 1 if end is None else end))}
    return AwsError(
        "MalformedQueryException",
        f"{problem} (line {line}, column {column}, offset {at})",
        members={"queryCompileError": {"location": location, "message": problem}},
    )


def split(query: str) -> list[InsightsToken]:
    """The tokens of a query; AwsError MalformedQueryException at a sign that belongs to nothing."""
    tokens: list[InsightsToken] = []
    command = ""
    at = _skip(query, 0)
    while at < len(query):
        before = tokens[-1] if tokens else None
        token = (_regex if query[at] == "/" and _regex_may_stand(before, command) else _plain)(query, at)
        if token.kind == "name" and (before is None or before.text == "|"):
            command = token.text.lower()
        tokens.append(token)
        at = _skip(query, token.end)
    return tokens


def _regex_may_stand(before: InsightsToken | None, command: str) -> bool:
    if before is None:
        return False
    value_before = before.kind in ("number", "text", "field") or before.text in (")", "]")
    return (
        command == "parse" or before.text.lower() in ("like", "=~", ",") or not (value_before or before.kind == "name")
    )


def _regex(query: str, at: int) -> InsightsToken:
    found = _REGEX.match(query, at)
    if found is None:
        raise malformed_query(query, at, "the regular expression has no end: / expected", len(query))
    return InsightsToken("regex", found.group(1).replace("\\/", "/"), at, found.end())


def _plain(query: str, at: int) -> InsightsToken:
    found = _TOKEN.match(query, at)
    if found is None:
        raise malformed_query(query, at, f"unexpected {query[at]!r}")
    if found["moment"]:
        return InsightsToken("moment", found["moment"], at, found.end())
    if found["unit"]:
        if not is_unit(found["unit"]):
            raise malformed_query(query, at, f"{found['unit']!r} is no unit of time", found.end())
        return InsightsToken("span", found["number"], at, found.end())
    if found["quoted"]:
        return InsightsToken("field", found["quoted"], at, found.end())
    if found["text"]:
        return InsightsToken("text", re.sub(r"\\(.)", r"\1", found["text"][1:-1]), at, found.end())
    if found["name"]:
        return InsightsToken("name", _STEP.sub(lambda step: f".{step[1] or step[2]}", found["name"]), at, found.end())
    return InsightsToken("number" if found["number"] else "sign", found.group(), at, found.end())


def _skip(query: str, at: int) -> int:
    found = _SPACE.match(query, at)
    return found.end() if found else at
