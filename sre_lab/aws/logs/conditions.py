"""What a filter pattern asks of one value, and how such questions are joined by && and ||."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from sre_lab.aws.errors import AwsError
from sre_lab.aws.logs.insights.regexes import python_regex
from sre_lab.aws.logs.insights.values import number

MISSING = object()  # of a field that is not there; a null is there
Holds = Callable[[Any], bool]
EventTest = Callable[[Any], bool]  # of everything that a pattern looks at
MOST_REGEXES = 2
SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
_TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<regex>%(?:[^%\\]|\\.)+%)'
    r"|(?P<sign>&&|\|\||!=|>=|<=|[=<>(),])|(?P<word>[^\s=<>!(),&|\"%]+))"
)


def wrong(pattern: str, problem: str) -> AwsError:
    return AwsError("InvalidParameterException", f"Invalid filter pattern {pattern!r}: {problem}.")


class PatternWords:
    """The words and signs of a pattern's inside, one after the other."""

    def __init__(self, pattern: str, text: str) -> None:
        self.pattern = pattern
        self._found: list[tuple[str, str]] = []
        at, text = 0, text.strip()
        while at < len(text):
            token = _TOKEN.match(text, at)
            if token is None:
                raise wrong(pattern, f"it cannot be read from {text[at:].strip()!r} on")
            kind = str(token.lastgroup)
            self._found.append((kind, token[kind]))
            at = token.end()
        if sum(kind == "regex" for kind, _ in self._found) > MOST_REGEXES:
            raise wrong(pattern, f"it has more than {MOST_REGEXES} regular expressions")
        self._place = 0

    @property
    def next(self) -> tuple[str, str]:
        return self._found[self._place] if self._place < len(self._found) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.next
        self._place += 1
        return token

    def take_if(self, word: str) -> bool:
        if self.next[1].upper() != word or self.next[0] not in ("sign", "word"):
            return False
        self._place += 1
        return True

    def unexpected(self, what: str) -> AwsError:
        return wrong(self.pattern, f"{what} expected, {repr(self.next[1]) if self.next[1] else 'but it'} ends it")


def boolean_expression(words: PatternWords, one: Callable[[PatternWords], EventTest]) -> EventTest:
    """Questions joined by && (first) and ||, with parentheses."""
    tests = [_both(words, one)]
    while words.take_if("||"):
        tests.append(_both(words, one))
    return tests[0] if len(tests) == 1 else lambda value: any(test(value) for test in tests)


def _both(words: PatternWords, one: Callable[[PatternWords], EventTest]) -> EventTest:
    tests = [_single(words, one)]
    while words.take_if("&&"):
        tests.append(_single(words, one))
    return tests[0] if len(tests) == 1 else lambda value: all(test(value) for test in tests)


def _single(words: PatternWords, one: Callable[[PatternWords], EventTest]) -> EventTest:
    if not words.take_if("("):
        return one(words)
    inner = boolean_expression(words, one)
    if not words.take_if(")"):
        raise words.unexpected("')'")
    return inner


def condition(words: PatternWords) -> Holds:
    """`= value`, `> 5`, `IS NULL`, `NOT EXISTS` ... as a test of one value."""
    if words.take_if("NOT"):
        if not words.take_if("EXISTS"):
            raise words.unexpected("EXISTS")
        return lambda value: value is MISSING
    if words.take_if("IS"):
        constants = {"TRUE": True, "FALSE": False, "NULL": None}
        kind, word = words.take()
        if kind != "word" or word.upper() not in constants:
            raise words.unexpected("TRUE, FALSE or NULL")
        expected = constants[word.upper()]
        return lambda value: value is expected
    kind, sign = words.take()
    if kind != "sign" or sign not in ("=", "!=", *SIGNS):
        raise wrong(words.pattern, f"a comparison expected, found {sign!r}" if sign else "a comparison is missing")
    return _comparison(words, sign)


def _comparison(words: PatternWords, sign: str) -> Holds:
    kind, word = words.take()
    if kind not in ("text", "regex", "word"):
        raise wrong(words.pattern, f"a value expected after {sign}")
    if sign in SIGNS:
        limit = number(word.strip('"').removeprefix("+"))
        if limit is None:
            raise wrong(words.pattern, f"{word} is no number, which {sign} needs")
        holds = SIGNS[sign]
        return lambda value: (
            (actual := number(value)) is not None and not isinstance(value, bool) and holds(actual, limit)
        )
    equal = _equal(words, kind, word)
    if sign == "=":
        return equal
    return lambda value: value is not MISSING and not isinstance(value, dict | list) and not equal(value)


def _equal(words: PatternWords, kind: str, word: str) -> Holds:
    if kind == "regex":
        try:
            search = python_regex(word[1:-1]).search
        except ValueError as problem:
            raise wrong(words.pattern, str(problem)) from problem
        return lambda value: isinstance(value, str | int | float) and search(_text(value)) is not None
    literal = word[1:-1].replace('\\"', '"') if kind == "text" else word
    matches = _wildcard(literal)
    as_number = number(literal.removeprefix("+"))

    def holds(value: Any) -> bool:
        if isinstance(value, bool) or value is None:
            return value is not None and _text(value) == literal.lower()
        if isinstance(value, int | float) and as_number is not None:
            return value == as_number
        return isinstance(value, str | int | float) and matches(_text(value))

    return holds


def _wildcard(pattern: str) -> Callable[[str], bool]:
    """An asterisk at the beginning or the end stands for anything; elsewhere for itself."""
    if pattern == "*":
        return lambda text: True
    before, after = pattern.startswith("*"), pattern.endswith("*")
    inner = pattern[before : len(pattern) - after]
    if before and after:
        return lambda text: inner in text
    if before:
        return lambda text: text.endswith(inner)
    return (lambda text: text.startswith(inner)) if after else (lambda text: text == inner)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
