"""Reads selectors and what may stand behind an expression: ranges, subqueries, `offset` and `@`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from sre_lab.prometheus.promql.tokens import PromqlToken, duration, number, tokens, unquote, wrong
from sre_lab.prometheus.promql.tree import (
    LabelMatcher,
    Node,
    PromqlError,
    SubqueryExpression,
    TextRange,
    TimeModifier,
    VectorSelector,
)
from sre_lab.prometheus.promql.type_checks import check

SIGNS = ("=", "!=", "=~", "!~")
Words = tuple[str, ...]


class TokenCursor:
    """A place among the words of a query."""

    def __init__(self, query: str) -> None:
        self.query = query
        self._tokens = tokens(query)
        self._place = 0

    @property
    def token(self) -> PromqlToken:
        return self._tokens[self._place]

    @property
    def before(self) -> int:
        """Where the word before this one ends."""
        return self._tokens[self._place - 1].end

    def at_end(self) -> bool:
        return self.token.kind == "end"

    def step(self) -> PromqlToken:
        self._place += 1
        return self._tokens[self._place - 1]

    def back(self) -> None:
        self._place -= 1

    def take_if(self, *texts: str) -> bool:
        if self.token.kind in ("sign", "name") and self.token.text.lower() in texts:
            self._place += 1
            return True
        return False

    def need(self, sign: str, where: str) -> None:
        if not self.take_if(sign):
            raise self.surprise(where, f'"{sign}"' if where else "")

    def wrong(self, at: int, problem: str) -> PromqlError:
        return wrong(self.query, at, problem)

    def surprise(self, where: str, expected: str) -> PromqlError:
        problem = f"unexpected {self.token}"
        problem += f" in {where}" if where else ""
        problem += f", expected {expected}" if expected else ""
        return self.wrong(self.token.start, problem)

    def names(self, where: str) -> Words:
        """Label names in parentheses."""
        self.need("(", where)
        names: list[str] = []
        while not self.take_if(")"):
            if self.token.kind not in ("name", "text"):
                raise self.surprise(where, "label")
            token = self.step()
            names.append(token.text if token.kind == "name" else unquote(self.query, token))
            if not self.take_if(",") and self.token.text != ")":
                raise self.surprise(where, '"," or ")"')
        return tuple(names)


class SelectorParser(TokenCursor):
    def selector(self, name: str, start: int) -> VectorSelector:
        matchers = [LabelMatcher("__name__", "=", name)] if name else []
        if self.take_if("{"):
            while not self.take_if("}"):
                matcher = self._matcher()
                if matcher.label == "__name__" and name:
                    problem = f'metric name must not be set twice: "{name}" or "{matcher.value}"'
                    raise self.wrong(start, problem)
                matchers.append(matcher)
                if not self.take_if(",") and self.token.text != "}":
                    raise self.surprise("label matching", '"," or "}"')
        if all(matcher.takes({}) for matcher in matchers):
            raise self.wrong(start, "vector selector must contain at least one non-empty matcher")
        return VectorSelector(tuple(matchers), TextRange(start, self.before))

    def _matcher(self) -> LabelMatcher:
        if self.token.kind not in ("name", "text"):
            raise self.surprise("label matching", 'identifier or "}"')
        first = self.step()
        label = first.text if first.kind == "name" else unquote(self.query, first)
        sign = self.token.text
        if first.kind == "text" and sign in (",", "}"):  # a metric's name in quotes
            return LabelMatcher("__name__", "=", label)
        if not self.take_if(*SIGNS):
            raise self.surprise("label matching", "label matching operator")
        if self.token.kind != "text":
            raise self.surprise("label matching", "string")
        value = unquote(self.query, self.step())
        return LabelMatcher(label, sign, value, self._pattern(value, first.start) if "~" in sign else None)

    def _pattern(self, value: str, at: int) -> re.Pattern[str]:
        try:
            return re.compile(value, re.DOTALL)
        except re.error as problem:
            raise self.wrong(at, f"error parsing regexp: {problem.msg}: `{value}`") from problem

    def modified(self, node: Node) -> Node:
        while True:
            if self.token.kind == "sign" and self.token.text == "[":
                node = self._parse_range(node)
            elif self.token.kind == "name" and self.token.text.lower() == "offset":
                self.step()
                node = self._shift(node, TimeModifier(offset=self._seconds("offset", signed=True)))
            elif self.token.kind == "sign" and self.token.text == "@":
                self.step()
                node = self._shift(node, TimeModifier(fixed=self._at_modifier()))
            else:
                return node

    def _parse_range(self, node: Node) -> Node:
        bracket = self.step()
        span = self._seconds("subquery or range selector")
        if span <= 0:
            raise self.wrong(bracket.end, "duration must be greater than 0")
        if self.take_if(":"):
            step = None if self.token.text == "]" else self._seconds("subquery selector")
            self.need("]", "subquery selector")
            whole = SubqueryExpression(node, span, step, TextRange(node.spot.start, self.before))
            check(whole, self.wrong)
            return whole
        self.need("]", "subquery or range selector")
        if not isinstance(node, VectorSelector) or node.span is not None:
            raise self.wrong(bracket.start, "ranges only allowed for vector selectors")
        if node.moment.offset is not None:
            raise self.wrong(bracket.start, "no offset modifiers allowed before range")
        if node.moment.fixed is not None:
            raise self.wrong(bracket.start, "no @ modifiers allowed before range")
        return replace(node, span=span, spot=TextRange(node.spot.start, self.before))

    def _shift(self, node: Node, by: TimeModifier) -> Node:
        name = "offset" if by.offset is not None else "@"
        if not isinstance(node, VectorSelector | SubqueryExpression):
            kinds = "an instant vector selector or range vector selector or a subquery"
            raise self.wrong(node.spot.start, f"{name} modifier must be preceded by {kinds}")
        had = node.moment
        if (had.offset if name == "offset" else had.fixed) is not None:
            raise self.wrong(node.spot.start, f"{name} may not be set multiple times")
        moment = TimeModifier(
            had.offset if by.offset is None else by.offset,
            had.fixed if by.fixed is None else by.fixed,
        )
        return replace(node, moment=moment, spot=TextRange(node.spot.start, self.before))

    def _seconds(self, where: str, *, signed: bool = False) -> float:
        """A duration, or a number of seconds."""
        sign = -1.0 if signed and self.take_if("-") else 1.0
        if signed and sign > 0:
            self.take_if("+")
        token = self.token
        if token.kind not in ("duration", "number"):
            raise self.surprise(where, "number or duration")
        self.step()
        seconds = duration(token.text) if token.kind == "duration" else number(token.text)
        if seconds is None:
            raise self.wrong(token.start, f'not a valid duration string: "{token.text}"')
        return sign * seconds

    def _at_modifier(self) -> float | Literal["start", "end"]:
        for word in ("start", "end"):
            if self.take_if(word):
                self.need("(", "@")
                self.need(")", "@")
                return "start" if word == "start" else "end"
        sign = -1.0 if self.take_if("-") else 1.0
        if sign > 0:
            self.take_if("+")
        if self.token.kind != "number":
            raise self.surprise("@", "timestamp")
        return sign * number(self.step().text)
