"""Reads a PromQL expression into its tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

from sre_lab.prometheus.promql.modifiers import SelectorParser
from sre_lab.prometheus.promql.signatures import AGGREGATIONS, PARAMETERS, SIGNATURES
from sre_lab.prometheus.promql.tokens import duration, number, unquote
from sre_lab.prometheus.promql.tree import (
    AggregateExpression,
    BinaryExpression,
    Node,
    NumberLiteral,
    ParenthesizedExpression,
    PromqlCall,
    StringLiteral,
    TextRange,
    UnaryExpression,
    VectorMatching,
)
from sre_lab.prometheus.promql.type_checks import SETS, check

RANKS: tuple[tuple[str, ...], ...] = (
    ("or",),
    ("and", "unless"),
    ("==", "!=", "<", "<=", ">", ">="),
    ("+", "-"),
    ("*", "/", "%", "atan2"),
)


def parse(query: str) -> Node:
    """The tree of `query`; PromqlError says what is wrong with it, and where."""
    return _Parser(query).whole()


class _Parser(SelectorParser):
    def whole(self) -> Node:
        if self.at_end():
            raise self.wrong(0, "no expression found in input")
        node = self.expression()
        if not self.at_end():
            self.unexpected()
        return node

    def expression(self) -> Node:
        return self._binary(0)

    def _binary(self, rank: int) -> Node:
        if rank == len(RANKS):
            return self._unary()
        left = self._binary(rank + 1)
        while (operator := self.token.text.lower()) in RANKS[rank] and self.token.kind in ("sign", "name"):
            left = self._binary_node(operator, left, lambda: self._binary(rank + 1))
        return left

    def _binary_node(self, operator: str, left: Node, right: Callable[[], Node]) -> Node:
        at = self.step().start
        returns_bool = self.take_if("bool")
        matching = self._matching()
        other = right()
        spot = TextRange(left.spot.start, other.spot.end)
        return self.checked(BinaryExpression(operator, left, other, spot, at, returns_bool, matching))

    def _matching(self) -> VectorMatching:
        on = self.take_if("on")
        if not on and not self.take_if("ignoring"):
            return VectorMatching()
        labels = self.names("grouping opts")
        for word, many in (("group_left", "left"), ("group_right", "right")):
            if self.take_if(word):
                include = self.names("grouping opts") if self.token.text == "(" else ()
                return VectorMatching(on, labels, many, include)  # type: ignore[arg-type]
        return VectorMatching(on, labels)

    def _unary(self) -> Node:
        start = self.token.start
        for sign in "+-":
            if self.take_if(sign):
                inner = self._unary()
                if isinstance(inner, NumberLiteral):
                    value = -inner.value if sign == "-" else inner.value
                    return replace(inner, value=value, spot=TextRange(start, inner.spot.end))
                return self.checked(UnaryExpression(inner, sign == "-", TextRange(start, inner.spot.end)))
        return self._power()

    def _power(self) -> Node:
        left = self.modified(self._primary())
        if self.token.text == "^":
            return self._binary_node("^", left, self._unary)
        return left

    def _primary(self) -> Node:
        token = self.token
        spot = TextRange(token.start, token.end)
        if token.text == "{" and token.kind == "sign":
            return self.selector("", token.start)
        if self.take_if("("):
            inner = self.expression()
            self.need(")", "")
            return ParenthesizedExpression(inner, TextRange(token.start, self.before))
        if token.kind in ("end", "sign"):
            self.unexpected()
        self.step()
        if token.kind == "number":
            return NumberLiteral(number(token.text), spot)
        if token.kind == "duration":
            seconds = duration(token.text)
            if seconds is None:
                raise self.wrong(token.start, f'not a valid duration string: "{token.text}"')
            return NumberLiteral(seconds, spot)
        if token.kind == "text":
            return StringLiteral(unquote(self.query, token), spot)
        return self._identifier(token.text, spot)

    def _identifier(self, name: str, spot: TextRange) -> Node:
        following = self.token.text.lower()
        if name.lower() in AGGREGATIONS and following in ("(", "by", "without"):
            return self._aggregation(name.lower(), spot)
        if following == "(" and self.token.kind == "sign":
            return self._call(name, spot)
        if name.lower() in ("inf", "nan") and following != "{":
            return NumberLiteral(float(name), spot)
        if name.lower() in SETS:
            self.back()
            self.unexpected()
        return self.selector(name, spot.start)

    def _aggregation(self, operator: str, spot: TextRange) -> Node:
        grouping = self._grouping()
        arguments = self._arguments()
        without, labels = grouping or self._grouping() or (False, ())
        spot = TextRange(spot.start, self.before)
        expected = 2 if operator in PARAMETERS else 1
        if not arguments:
            raise self.wrong(spot.start, "no arguments for aggregate expression provided")
        if len(arguments) != expected:
            problem = f"wrong number of arguments for aggregate expression provided, expected {expected}"
            raise self.wrong(spot.start, f"{problem}, got {len(arguments)}")
        parameter = arguments[0] if expected == 2 else None
        return self.checked(AggregateExpression(operator, arguments[-1], spot, labels, without, parameter))

    def _grouping(self) -> tuple[bool, tuple[str, ...]] | None:
        for word in ("by", "without"):
            if self.take_if(word):
                return word == "without", self.names("grouping opts")
        return None

    def _call(self, name: str, spot: TextRange) -> Node:
        if name not in SIGNATURES:
            raise self.wrong(spot.start, f'unknown function with name "{name}"')
        arguments = self._arguments()
        return self.checked(PromqlCall(name, arguments, TextRange(spot.start, self.before)))

    def _arguments(self) -> tuple[Node, ...]:
        self.need("(", "aggregation")
        arguments: list[Node] = []
        while not self.take_if(")"):
            arguments.append(self.expression())
            if self.take_if(","):
                if self.token.text == ")":
                    raise self.wrong(self.before - 1, "trailing commas not allowed in function call args")
            elif self.token.text != ")":
                self.unexpected()
        return tuple(arguments)

    def checked(self, node: Node) -> Node:
        check(node, self.wrong)
        return node

    def unexpected(self, where: str = "", expected: str = "") -> NoReturn:
        raise self.surprise(where, expected)
