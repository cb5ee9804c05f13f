"""A query as text becomes tokens; regular expressions and comments are told from divisions by where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sre_agent.lab.aws.errors import AwsError

_TOKEN = re.compile(
    r"(?P<number>\d+\.?\d*(?P<unit>ms|[smhdw])?(?![\w.]))"
    r"|(?P<name>@?[A-Za-z_][\w.@]*|@\w+)|`(?P<quoted>[^`]+)`"
    r"|(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<sign>=~|!=|<=|>=|==|[-+*/%^=<>(),|\[\]])"
)
_REGEX = re.compile(r"/((?:[^/\\\n]|\\.)+)/([a-z]*)")
_SPACE = re.compile(r"(?:\s+|#[^\n]*)*")
UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}


@dataclass(frozen=True)
class Token:
    """`kind` is number, span, name, field (a quoted name), text, regex or sign; `at` the place in the query."""

    kind: str
    text: str
    at: int
    end: int


def malformed(query: str, at: int, problem: str) -> AwsError:
    line = query.count("\n", 0, at) + 1
    column = at - (query.rfind("\n", 0, at) + 1) + 1
    return AwsError("MalformedQueryException", f"{problem} (line {line}, column {column})")


def split(query: str) -> list[Token]:
    """The tokens of a query; AwsError MalformedQueryException at a sign that belongs to nothing."""
    tokens: list[Token] = []
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


def _regex_may_stand(before: Token | None, command: str) -> bool:
    if before is None:
        return False
    value_before = before.kind in ("number", "text", "field") or before.text in (")", "]")
    word = before.text.lower()
    return command == "parse" or word in ("like", "=~", ",") or not (value_before or before.kind == "name")


def _regex(query: str, at: int) -> Token:
    found = _REGEX.match(query, at)
    if found is None:
        raise malformed(query, at, "the regular expression has no end: / expected")
    flags = "".join(flag for flag in found.group(2) if flag in "ims")
    return Token("regex", (f"(?{flags})" if flags else "") + found.group(1).replace("\\/", "/"), at, found.end())


def _plain(query: str, at: int) -> Token:
    found = _TOKEN.match(query, at)
    if found is None:
        raise malformed(query, at, f"unexpected {query[at]!r}")
    kind = str(found.lastgroup)
    if found["unit"]:
        return Token("span", found["number"], at, found.end())
    if found["quoted"]:
        return Token("field", found["quoted"], at, found.end())
    if found["text"]:
        inner = re.sub(r"\\(.)", r"\1", found["text"][1:-1])
        return Token("text", inner, at, found.end())
    return Token("number" if kind == "unit" else kind, found.group(), at, found.end())


def _skip(query: str, at: int) -> int:
    found = _SPACE.match(query, at)
    return found.end() if found else at


def span_millis(text: str) -> int:
    """`5m` in milliseconds."""
    unit = re.sub(r"[\d.]", "", text)
    return round(float(text.removesuffix(unit)) * UNITS[unit])
