"""Reads the expressions of a query and turns each into a function of a row."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from sre_agent.lab.aws.errors import AwsError
from sre_agent.lab.aws.logs.insights.functions import OF_TIME, SINGLE
from sre_agent.lab.aws.logs.insights.tokens import Token, malformed, span_millis, split
from sre_agent.lab.aws.logs.insights.values import Expression, Row, compared, number, shown, true

ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "^": operator.pow,
}
RANKS = (("+", "-"), ("*", "/", "%"), ("^",))
COMPARED = ("=", "==", "!=", "<", "<=", ">", ">=")


class Reader:
    """Walks over the tokens of one query."""

    def __init__(self, query: str) -> None:
        self.query = query
        self._tokens = split(query)
        self._place = 0

    @property
    def token(self) -> Token | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    @property
    def at(self) -> int:
        return self.token.at if self.token else len(self.query)

    @property
    def last_end(self) -> int:
        return self._tokens[self._place - 1].end if self._place else 0

    def wrong(self, problem: str, at: int | None = None) -> AwsError:
        return malformed(self.query, self.at if at is None else at, problem)

    def unexpected(self, wanted: str) -> AwsError:
        found = f"found {self.token.text!r}" if self.token else "the query ends"
        return self.wrong(f"{wanted} expected, {found}")

    def take(self, *kinds: str) -> Token:
        token = self.token
        if token is None or token.kind not in kinds:
            raise self.unexpected(" or ".join(kinds))
        self._place += 1
        return token

    def taken(self, *words: str) -> bool:
        """Step over the next token if it is one of these words or signs."""
        token = self.token
        if token is not None and token.kind in ("sign", "name") and token.text.lower() in words:
            self._place += 1
            return True
        return False

    def need(self, sign: str) -> None:
        if not self.taken(sign):
            raise self.unexpected(repr(sign))

    def follows(self, *words: str) -> bool:
        """Whether the token after the next is one of these."""
        after = self._tokens[self._place + 1] if self._place + 1 < len(self._tokens) else None
        return after is not None and after.text.lower() in words

    def expression(self) -> Expression:
        left = self._and()
        while self.taken("or"):
            left = _either(left, self._and())
        return left

    def _and(self) -> Expression:
        left = self._not()
        while self.taken("and"):
            left = _both(left, self._not())
        return left

    def _not(self) -> Expression:
        if self.taken("not"):
            inner = self._not()
            return lambda row: not true(inner(row))
        return self._comparison()

    def _comparison(self) -> Expression:
        left = self._sum(0)
        token = self.token
        if token is not None and token.text in COMPARED and self.taken(*COMPARED):
            return _compare(token.text, left, self._sum(0))
        negated = self.token is not None and self.token.text.lower() == "not" and self.follows("like", "in")
        if negated:
            self.taken("not")
        if self.taken("like", "=~"):
            test = self._like(left)
        elif self.taken("in"):
            test = self._in(left)
        else:
            return left
        return (lambda row: not test(row)) if negated else test

    def _like(self, left: Expression) -> Expression:
        token = self.take("regex", "text")
        try:
            pattern = re.compile(token.text if token.kind == "regex" else re.escape(token.text))
        except re.error as problem:
            raise self.wrong(f"/{token.text}/ is no regular expression: {problem}", token.at) from problem

        def test(row: Row) -> bool:
            value = left(row)
            return value is not None and pattern.search(shown(value)) is not None

        return test

    def _in(self, left: Expression) -> Expression:
        self.need("[")
        choices = self.list("]")
        return lambda row: any(compared("=", left(row), choice(row)) for choice in choices)

    def list(self, end: str) -> list[Expression]:
        """Expressions up to the closing sign."""
        found: list[Expression] = []
        if self.taken(end):
            return found
        while True:
            found.append(self.expression())
            if not self.taken(","):
                self.need(end)
                return found

    def _sum(self, rank: int) -> Expression:
        if rank == len(RANKS):
            return self._unary()
        left = self._sum(rank + 1)
        while (token := self.token) and token.kind == "sign" and self.taken(*RANKS[rank]):
            left = _calculate(token.text, left, self._sum(rank + 1))
        return left

    def _unary(self) -> Expression:
        if self.taken("-"):
            inner = self._unary()
            return _calculate("-", lambda row: 0, inner)
        if self.taken("("):
            inner = self.expression()
            self.need(")")
            return inner
        token = self.take("number", "span", "text", "name", "field")
        if token.kind == "name" and self.taken("("):
            return self._call(token)
        if token.kind in ("name", "field"):
            return lambda row: row.get(token.text)
        value: Any = token.text
        if token.kind == "number":
            value = float(token.text) if "." in token.text else int(token.text)
        elif token.kind == "span":
            value = span_millis(token.text)
        return lambda row: value

    def _call(self, name: Token) -> Expression:
        function = name.text.lower()
        arguments = self.list(")")
        if function in OF_TIME:
            timed = OF_TIME[function]
            if function == "bin" and len(arguments) == 1:
                return lambda row: timed(arguments[0](row), row.get("@timestamp"))
            if len(arguments) != 2 or function == "bin":
                raise self.wrong(f"{name.text} does not take {len(arguments)} arguments", name.at)
            return lambda row: timed(*(argument(row) for argument in arguments))
        if function not in SINGLE:
            known = ", ".join(sorted([*SINGLE, *OF_TIME]))
            raise self.wrong(f"the function {name.text} is not supported here. Supported: {known}", name.at)
        run = SINGLE[function]

        def call(row: Row) -> Any:
            try:
                return run(*(argument(row) for argument in arguments))
            except (TypeError, ValueError) as problem:
                raise self.wrong(f"{name.text} cannot be applied so: {problem}", name.at) from problem

        return call


def _either(left: Expression, right: Expression) -> Expression:
    return lambda row: true(left(row)) or true(right(row))


def _both(left: Expression, right: Expression) -> Expression:
    return lambda row: true(left(row)) and true(right(row))


def _compare(sign: str, left: Expression, right: Expression) -> Expression:
    return lambda row: compared(sign, left(row), right(row))


def _calculate(sign: str, left: Expression, right: Expression) -> Expression:
    def run(row: Row) -> float | None:
        a, b = number(left(row)), number(right(row))
        try:
            return None if a is None or b is None else ARITHMETIC[sign](a, b)
        except (ZeroDivisionError, OverflowError):
            return None

    return run
