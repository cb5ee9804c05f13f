"""Walks over the tokens of one query and reads its expressions."""

from __future__ import annotations

import re

from sre_lab.aws.errors import AwsError
from sre_lab.aws.logs.insights.durations import round_down
from sre_lab.aws.logs.insights.functions import AGGREGATES, FUNCTIONS, PERCENTILE
from sre_lab.aws.logs.insights.regexes import python_regex
from sre_lab.aws.logs.insights.tokens import InsightsToken, malformed_query, split
from sre_lab.aws.logs.insights.tree import (
    AggregateCall,
    Calculation,
    Comparison,
    Conjunction,
    ConstantValue,
    Disjunction,
    Expression,
    FieldReference,
    FunctionCall,
    InList,
    Like,
    Negation,
    PeriodConstant,
)

RANKS = (("+", "-"), ("*", "/", "%"), ("^",))
COMPARED = ("=", "==", "!=", "<", "<=", ">", ">=")
WORDS = {"true": True, "false": False}


class ExpressionReader:
    def __init__(self, query: str) -> None:
        self.query = query
        self._tokens = split(query)
        self._place = 0

    @property
    def token(self) -> InsightsToken | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    @property
    def at(self) -> int:
        return self.token.at if self.token else len(self.query)

    def wrong(self, problem: str, at: int | None = None, end: int | None = None) -> AwsError:
        if at is None and self.token:
            end = self.token.end
        return malformed_query(self.query, self.at if at is None else at, problem, end)

    def unexpected(self, what: str) -> AwsError:
        actual = f"found {self.token.text!r}" if self.token else "the query ends"
        return self.wrong(f"{what} expected, {actual}")

    def take(self, *kinds: str) -> InsightsToken:
        token = self.token
        if token is None or token.kind not in kinds:
            raise self.unexpected(" or ".join(kinds))
        self._place += 1
        return token

    def take_if(self, *words: str) -> bool:
        """Step over the next token if it is one of these words or signs."""
        token = self.token
        if token is not None and token.kind in ("sign", "name") and token.text.lower() in words:
            self._place += 1
            return True
        return False

    def need(self, sign: str) -> None:
        if not self.take_if(sign):
            raise self.unexpected(repr(sign))

    def follows(self, *words: str) -> bool:
        """Whether the token after the next is one of these."""
        after = self._tokens[self._place + 1] if self._place + 1 < len(self._tokens) else None
        return after is not None and after.text.lower() in words

    def since(self, at: int) -> str:
        """The text from a place to the end of the last token that was taken."""
        return self.query[at : self._tokens[self._place - 1].end]

    def expression(self) -> Expression:
        at, left = self.at, self._and()
        while self.take_if("or"):
            left = Disjunction(left, self._and(), at=at, text=self.since(at))
        return left

    def _and(self) -> Expression:
        at, left = self.at, self._not()
        while self.take_if("and"):
            left = Conjunction(left, self._not(), at=at, text=self.since(at))
        return left

    def _not(self) -> Expression:
        at = self.at
        if self.take_if("not"):
            return Negation(self._not(), at=at, text=self.since(at))
        return self._comparison()

    def _comparison(self) -> Expression:
        at, left = self.at, self._sum(0)
        token = self.token
        if token is not None and token.kind == "sign" and token.text in COMPARED and self.take_if(*COMPARED):
            sign = "=" if token.text == "==" else token.text
            return Comparison(sign, left, self._sum(0), at=at, text=self.since(at))
        negated = token is not None and token.text.lower() == "not" and self.follows("like", "in")
        if negated:
            self.take_if("not")
        expression: Expression
        if self.take_if("like", "=~"):
            pattern = self.take("regex", "text")
            if pattern.kind == "regex":
                self.regex(pattern)
            expression = Like(left, pattern.text, pattern.kind == "regex", at=at, text=self.since(at))
        elif self.take_if("in"):
            self.need("[")
            expression = InList(left, self.list("]"), at=at, text=self.since(at))
        else:
            return left
        return Negation(expression, at=at, text=self.since(at)) if negated else expression

    def regex(self, token: InsightsToken) -> re.Pattern[str]:
        try:
            return python_regex(token.text)
        except ValueError as problem:
            raise self.wrong(str(problem), token.at, token.end) from problem

    def list(self, end: str) -> tuple[Expression, ...]:
        """Expressions up to the closing sign."""
        expressions: list[Expression] = []
        if self.take_if(end):
            return ()
        while True:
            expressions.append(self.expression())
            if not self.take_if(","):
                self.need(end)
                return tuple(expressions)

    def _sum(self, rank: int) -> Expression:
        if rank == len(RANKS):
            return self._unary()
        at, left = self.at, self._sum(rank + 1)
        while (token := self.token) and token.kind == "sign" and self.take_if(*RANKS[rank]):
            left = Calculation(token.text, left, self._sum(rank + 1), at=at, text=self.since(at))
        return left

    def _unary(self) -> Expression:
        at = self.at
        if self.take_if("-"):
            zero = ConstantValue(0, at=at, text="-")
            return Calculation("-", zero, self._unary(), at=at, text=self.since(at))
        if self.take_if("("):
            inner = self.expression()
            self.need(")")
            return inner
        token = self.take("number", "span", "text", "name", "field")
        if token.kind == "name" and self.take_if("("):
            return self._call(token)
        if token.kind == "name" and token.text.lower() in WORDS:
            return ConstantValue(WORDS[token.text.lower()], at=at, text=token.text)
        if token.kind in ("name", "field"):
            return FieldReference(token.text, at=at, text=self.since(at))
        if token.kind == "span":
            try:
                round_down(token.text)
            except ValueError as problem:
                raise self.wrong(str(problem), at, token.end) from problem
            return PeriodConstant(token.text, at=at, text=token.text)
        if token.kind == "number":
            value = float(token.text) if "." in token.text else int(token.text)
            return ConstantValue(value, at=at, text=token.text)
        return ConstantValue(token.text, at=at, text=self.since(at))

    def _call(self, name: InsightsToken) -> Expression:
        function = name.text.lower()
        if function in AGGREGATES or function in PERCENTILE:
            return self._aggregate(name, function)
        definition = FUNCTIONS.get(function)
        if definition is None:
            have = ", ".join(sorted([*FUNCTIONS, *AGGREGATES, *PERCENTILE]))
            raise self.wrong(f"the function {name.text} is not known. Known: {have}", name.at, name.end)
        arguments = self.list(")")
        text = self.since(name.at)
        if not definition.least <= len(arguments) <= definition.most:
            raise self.wrong(f"{name.text} does not take {len(arguments)} arguments", name.at, name.at + len(text))
        for place, argument in enumerate(arguments):
            if isinstance(argument, PeriodConstant) != (place == definition.period):
                what = "a span of time such as 5m" if place == definition.period else "a value, not a span of time,"
                raise self.wrong(f"{what} expected in {name.text}", argument.at, argument.end)
        return FunctionCall(function, arguments, at=name.at, text=text)

    def _aggregate(self, name: InsightsToken, function: str) -> AggregateCall:
        argument, percent = None, 0.0
        if not self.take_if("*") and not (self.token and self.token.text == ")"):
            argument = self.expression()
        elif function != "count":
            raise self.wrong(f"{name.text} needs a field", name.at, name.end)
        if function in PERCENTILE:
            self.need(",")
            number = self.take("number")
            percent = float(number.text)
            if not 0 <= percent <= 100:
                raise self.wrong("a percentile is between 0 and 100", number.at, number.end)
        self.need(")")
        text = "count(*)" if argument is None else self.since(name.at)
        return AggregateCall(function, argument, percent, at=name.at, text=text)
