"""Reads a PromQL expression."""

from __future__ import annotations

import re
from dataclasses import replace
from math import inf, nan

from sre_agent.lab.prometheus.promql.functions import FUNCTIONS
from sre_agent.lab.prometheus.promql.tree import (
    Aggregation,
    Binary,
    Call,
    Matcher,
    Negated,
    Node,
    Number,
    QueryError,
    Selector,
    Text,
)

AGGREGATIONS = ("sum", "avg", "min", "max", "count", "group", "stddev", "topk", "bottomk", "quantile")
WITH_PARAMETER = ("topk", "bottomk", "quantile")
RANKS = (("or",), ("and", "unless"), ("==", "!=", "<=", "<", ">=", ">"), ("+", "-"), ("*", "/", "%"))
COMPARISONS = RANKS[2]
_TOKEN = re.compile(
    r"(?P<span>(?:\d+(?:ms|[smhdwy]))+)(?![\w])|(?P<number>0x[0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_:][\w:]*)|(?P<text>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`[^`]*`)"
    r"|(?P<sign>=~|!~|==|!=|<=|>=|[-+*/%^=<>(){}\[\],@:])"
)
_SPACE = re.compile(r"(?:\s+|#[^\n]*)*")
_PART = re.compile(r"(\d+)(ms|[smhdwy])")
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}


def duration(text: str) -> float | None:
    """`1h30m` in seconds; None when it is no duration."""
    parts = _PART.findall(text)
    return sum(int(n) * UNITS[u] for n, u in parts) if parts and "".join(n + u for n, u in parts) == text else None


def parse(query: str) -> Node:
    """The tree of an expression; QueryError with line and column."""
    parser = _Parser(query)
    if parser.token[0] == "end":
        raise parser.wrong("no expression found in input")
    tree = parser.binary(0)
    if parser.token[0] != "end":
        raise parser.unexpected("")
    return tree


class _Parser:
    def __init__(self, query: str) -> None:
        self._query = query
        self._place = 0
        self._tokens = self._split()

    @property
    def token(self) -> tuple[str, str, int]:
        return self._tokens[self._place]

    def wrong(self, problem: str, at: int | None = None) -> QueryError:
        at = self.token[2] if at is None else at
        line, column = self._query.count("\n", 0, at) + 1, at - (self._query.rfind("\n", 0, at) + 1) + 1
        return QueryError(f"{line}:{column}: parse error: {problem}")

    def unexpected(self, wanted: str) -> QueryError:
        kind, text, _ = self.token
        found = "end of input" if kind == "end" else f"{text!r}"
        return self.wrong(f"unexpected {found}" + (f", expected {wanted}" if wanted else ""))

    def _split(self) -> list[tuple[str, str, int]]:
        self._tokens = [("end", "", 0)]
        tokens, at = [], _skip(self._query, 0)
        while at < len(self._query):
            found = _TOKEN.match(self._query, at)
            if found is None:
                raise self.wrong(f"unexpected character: {self._query[at]!r}", at)
            tokens.append((str(found.lastgroup), found.group(), at))
            at = _skip(self._query, found.end())
        return [*tokens, ("end", "", len(self._query))]

    def _taken(self, *texts: str) -> bool:
        kind, text, _ = self.token
        if kind in ("sign", "name") and text.lower() in texts:
            self._place += 1
            return True
        return False

    def _need(self, sign: str) -> None:
        if not self._taken(sign):
            raise self.unexpected(f"{sign!r}")

    def binary(self, rank: int) -> Node:
        if rank == len(RANKS):
            return self._power()
        left = self.binary(rank + 1)
        while True:
            operator = self.token[1].lower()
            if self.token[0] not in ("sign", "name") or not self._taken(*RANKS[rank]):
                return left
            returns_bool = self._taken("bool")
            on, labels = self._matching()
            left = Binary(operator, left, self.binary(rank + 1), returns_bool, on, labels)

    def _matching(self) -> tuple[bool, tuple[str, ...] | None]:
        on = self._taken("on")
        if not on and not self._taken("ignoring"):
            return False, None
        labels = self._names()
        if self.token[1].lower() in ("group_left", "group_right"):
            raise self.wrong("group_left and group_right are not supported here")
        return on, labels

    def _names(self) -> tuple[str, ...]:
        self._need("(")
        names = []
        while not self._taken(")"):
            kind, text, _ = self.token
            if kind != "name":
                raise self.unexpected("a label name")
            self._place += 1
            names.append(text)
            if not self._taken(","):
                self._need(")")
                break
        return tuple(names)

    def _power(self) -> Node:
        if self._taken("-"):
            return Negated(self._power())
        self._taken("+")
        left = self._postfix(self._primary())
        if self._taken("^"):
            return Binary("^", left, self._power())
        return left

    def _postfix(self, node: Node) -> Node:
        while True:
            kind, text, at = self.token
            if kind == "sign" and text == "[":
                if not isinstance(node, Selector) or node.span:
                    raise self.wrong("a range stands after a selector only; subqueries are not supported here")
                self._place += 1
                node = replace(node, span=self._span())
                if self._taken(":"):
                    raise self.wrong("subqueries are not supported here", at)
                self._need("]")
            elif kind == "name" and text.lower() == "offset":
                self._place += 1
                sign = -1.0 if self._taken("-") else 1.0
                if not isinstance(node, Selector):
                    raise self.wrong("offset stands after a selector only", at)
                node = replace(node, offset=sign * self._span())
            elif kind == "sign" and text == "@":
                raise self.wrong("the @ modifier is not supported here")
            else:
                return node

    def _span(self) -> float:
        kind, text, _ = self.token
        seconds = duration(text) if kind == "span" else None
        if seconds is None:
            raise self.unexpected("a duration")
        self._place += 1
        return seconds

    def _primary(self) -> Node:
        kind, text, at = self.token
        if self._taken("("):
            inner = self.binary(0)
            self._need(")")
            return inner
        if kind == "sign" and text == "{":
            return self._selector("")
        if kind == "end" or kind == "sign":
            raise self.unexpected("")
        self._place += 1
        if kind == "number":
            return Number(float(int(text, 16)) if text.startswith("0x") else float(text))
        if kind == "span":
            return Number(duration(text) or 0.0)
        if kind == "text":
            return Text(_unquoted(text))
        if text.lower() in AGGREGATIONS and self.token[1].lower() in ("(", "by", "without"):
            return self._aggregation(text.lower())
        if self.token[1] == "(":
            return self._call(text, at)
        if text.lower() in ("inf", "nan"):
            return Number(inf if text.lower() == "inf" else nan)
        return self._selector(text)

    def _aggregation(self, operator: str) -> Node:
        grouping = self._grouping()
        self._need("(")
        first, parameter = self.binary(0), None
        if operator in WITH_PARAMETER:
            parameter = first
            self._need(",")
            first = self.binary(0)
        self._need(")")
        without, labels = grouping or self._grouping() or (False, ())
        return Aggregation(operator, first, labels, without, parameter)

    def _grouping(self) -> tuple[bool, tuple[str, ...]] | None:
        if self._taken("by"):
            return False, self._names()
        return (True, self._names()) if self._taken("without") else None

    def _call(self, name: str, at: int) -> Node:
        if name not in FUNCTIONS:
            known = ", ".join(sorted(FUNCTIONS))
            raise self.wrong(f"unknown function with name {name!r}; supported here: {known}", at)
        self._need("(")
        arguments: list[Node] = []
        while not self._taken(")"):
            arguments.append(self.binary(0))
            if not self._taken(","):
                self._need(")")
                break
        return Call(name, tuple(arguments), at)

    def _selector(self, name: str) -> Selector:
        matchers = [Matcher("__name__", "=", name)] if name else []
        if self._taken("{"):
            while not self._taken("}"):
                matchers.append(self._matcher())
                if not self._taken(","):
                    self._need("}")
                    break
        if all(matcher.takes({}) for matcher in matchers):
            raise self.wrong("vector selector must contain at least one non-empty matcher")
        return Selector(tuple(matchers))

    def _matcher(self) -> Matcher:
        kind, label, at = self.token
        if kind != "name":
            raise self.unexpected("a label name")
        self._place += 1
        sign = self.token[1]
        if not self._taken("=", "!=", "=~", "!~"):
            raise self.unexpected("a matcher such as =")
        kind, text, _ = self.token
        if kind != "text":
            raise self.unexpected("a quoted text")
        self._place += 1
        value = _unquoted(text)
        try:
            pattern = re.compile(value) if sign in ("=~", "!~") else None
        except re.error as problem:
            raise self.wrong(f"{value!r} is no regular expression: {problem}", at) from problem
        return Matcher(label, sign, value, pattern)


def _unquoted(text: str) -> str:
    return text[1:-1] if text[0] == "`" else re.sub(r"\\(.)", r"\1", text[1:-1])


def _skip(query: str, at: int) -> int:
    found = _SPACE.match(query, at)
    return found.end() if found else at
