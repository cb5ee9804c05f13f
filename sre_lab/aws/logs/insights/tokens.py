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
    match = _REGEX.match(query, at)
    if match is None:
        raise malformed_query(query, at, "the regular expression has no end: / expected", len(query))
    return InsightsToken("regex", match.group(1).replace("\\/", "/"), at, match.end())


def _plain(query: str, at: int) -> InsightsToken:
    match = _TOKEN.match(query, at)
    if match is None:
        raise malformed_query(query, at, f"unexpected {query[at]!r}")
    if match["moment"]:
        return InsightsToken("moment", match["moment"], at, match.end())
    if match["unit"]:
        if not is_unit(match["unit"]):
            raise malformed_query(query, at, f"{match['unit']!r} is no unit of time", match.end())
        return InsightsToken("span", match["number"], at, match.end())
    if match["quoted"]:
        return InsightsToken("field", match["quoted"], at, match.end())
    if match["text"]:
        return InsightsToken("text", re.sub(r"\\(.)", r"\1", match["text"][1:-1]), at, match.end())
    if match["name"]:
        return InsightsToken("name", _STEP.sub(lambda step: f".{step[1] or step[2]}", match["name"]), at, match.end())
    return InsightsToken("number" if match["number"] else "sign", match.group(), at, match.end())


def _skip(query: str, at: int) -> int:
    match = _SPACE.match(query, at)
    return match.end() if match else at
