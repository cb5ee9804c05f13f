"""AlarmRule: ALARM(x) AND (OK("y") OR NOT INSUFFICIENT_DATA(z)), TRUE, FALSE and AT_LEAST, as text and as a tree."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import NoReturn

from sre_lab.aws.cloudwatch.alarms.alarm import STATES, name_in
from sre_lab.aws.errors import AwsError

LENGTH, CHILDREN, ELEMENTS = 10_240, 100, 500
StateOf = Callable[[str], str]  # of an alarm by name
_WORD = re.compile(r"\s*([A-Za-z_]+)")
_QUOTED = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)')\s*""")
_PLAIN = re.compile(r"\s*([^\s(),\"'][^(),\"']*)")


@dataclass(frozen=True)
class AlarmInState:
    """One alarm is in one state."""

    state: str
    alarm: str

    def holds(self, state_of: StateOf) -> bool:
        return state_of(self.alarm) == self.state

    def alarms(self) -> list[str]:
        return [self.alarm]


@dataclass(frozen=True)
class RuleConstant:
    value: bool

    def holds(self, state_of: StateOf) -> bool:
        return self.value

    def alarms(self) -> list[str]:
        return []


@dataclass(frozen=True)
class RuleNegation:
    inner: Rule

    def holds(self, state_of: StateOf) -> bool:
        return not self.inner.holds(state_of)

    def alarms(self) -> list[str]:
        return self.inner.alarms()


@dataclass(frozen=True)
class RuleQuorum:
    """At least `minimum` of the parts hold: all of them for AND, one for OR."""

    minimum: int
    parts: tuple[Rule, ...]

    def holds(self, state_of: StateOf) -> bool:
        return sum(part.holds(state_of) for part in self.parts) >= self.minimum

    def alarms(self) -> list[str]:
        return [name for part in self.parts for name in part.alarms()]


Rule = AlarmInState | RuleConstant | RuleNegation | RuleQuorum


@lru_cache(maxsize=1_000)
def parse(text: str) -> Rule:
    """The tree of a rule; AwsError ValidationError says where it cannot be read."""
    if not text.strip() or len(text) > LENGTH:
        raise AwsError("ValidationError", f"AlarmRule must have 1 to {LENGTH} characters.")
    reader = _Reader(text)
    rule = reader.either()
    reader.end()
    if len(set(rule.alarms())) > CHILDREN or reader.elements > ELEMENTS:
        text = f"AlarmRule must not refer to more than {CHILDREN} alarms, nor have more than {ELEMENTS} elements."
        raise AwsError("ValidationError", text)
    return rule


class _Reader:
    """OR binds less than AND, and that less than NOT. Words are read in any case."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self.elements = 0

    def either(self) -> Rule:
        parts = [self._all()]
        while self._word("OR"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else RuleQuorum(1, tuple(parts))

    def end(self) -> None:
        if self._text[self._at :].strip():
            self._refuse("unexpected")

    def _all(self) -> Rule:
        parts = [self._one()]
        while self._word("AND"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else RuleQuorum(len(parts), tuple(parts))

    def _one(self) -> Rule:
        self.elements += 1
        if self._word("NOT"):
            return RuleNegation(self._one())
        if self._sign("("):
            inner = self.either()
            self._expect(")")
            return inner
        for word, value in (("TRUE", True), ("FALSE", False)):
            if self._word(word):
                return RuleConstant(value)
        if self._word("AT_LEAST"):
            return self._at_least()
        for state in STATES:
            if self._word(state):
                self._expect("(")
                alarm = self._alarm()
                self._expect(")")
                return AlarmInState(state, alarm)
        self._refuse("a function such as ALARM(name), TRUE, FALSE, NOT or ( is expected")

    def _at_least(self) -> Rule:
        """`AT_LEAST(2, ALARM, (a, b, c))`; the number may be a percentage, the state negated."""
        self._expect("(")
        number = re.compile(r"\s*(\d+)(%?)").match(self._text, self._at)
        if number is None:
            self._refuse("a number or percentage is expected")
        self._at = number.end()
        self._expect(",")
        negated = self._word("NOT")
        state = next((s for s in STATES if self._word(s)), "")
        if not state:
            self._refuse(f"one of {', '.join(STATES)} is expected")
        self._expect(",")
        self._expect("(")
        alarms = [self._alarm()]
        while self._sign(","):
            alarms.append(self._alarm())
        self._expect(")")
        self._expect(")")
        parts: list[Rule] = [AlarmInState(state, name) for name in alarms]
        if negated:
            parts = [RuleNegation(part) for part in parts]
        needed = ceil(int(number[1]) * len(parts) / 100) if number[2] else int(number[1])
        return RuleQuorum(needed, tuple(parts))

    def _alarm(self) -> str:
        self.elements += 1
        quoted = _QUOTED.match(self._text, self._at)
        match = quoted or _PLAIN.match(self._text, self._at)
        if match is None:
            self._refuse("the name or ARN of an alarm is expected")
        self._at = match.end()
        return name_in((quoted[1] or quoted[2] or "") if quoted else match[1].strip())

    def _word(self, word: str) -> bool:
        match = _WORD.match(self._text, self._at)
        if match is None or match[1].upper() != word:
            return False
        self._at = match.end()
        return True

    def _sign(self, sign: str) -> bool:
        rest = self._text[self._at :]
        if not rest.lstrip().startswith(sign):
            return False
        self._at += len(rest) - len(rest.lstrip()) + 1
        return True

    def _expect(self, sign: str) -> None:
        if not self._sign(sign):
            self._refuse(f"'{sign}' is expected")

    def _refuse(self, problem: str) -> NoReturn:
        rest = self._text[self._at :].strip()
        text = f"AlarmRule cannot be read at position {self._at}: {problem}" + (f", not '{rest[:40]}'" if rest else "")
        raise AwsError("ValidationError", text + ".")
