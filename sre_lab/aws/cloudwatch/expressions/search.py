"""SEARCH of metric math: which metrics a search text means."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from sre_lab.aws.cloudwatch.expressions.language import refuse
from sre_lab.aws.cloudwatch.expressions.tokens import finds
from sre_lab.aws.cloudwatch.metrics.listing import LISTED
from sre_lab.aws.cloudwatch.metrics.selection import visible
from sre_lab.telemetry import SeriesKey
from sre_lab.world import World

LIMIT = 500  # time series that one SEARCH returns
LENGTH = 1_024  # characters of a search text
Test = Callable[[SeriesKey], bool]
Places = Callable[[SeriesKey], list[str]]  # the names of a metric that a term may match
_SCHEMA = re.compile(r'^\s*\{((?:[^{}"]|"[^"]*")*)\}\s*,?')
_NAMES = re.compile(r'"([^"]*)"|([^,"]+)')
_TOKEN = re.compile(r'\s*(?:(?P<sign>[()=])|(?P<exact>"(?:[^"\\]|\\.)*")|(?P<word>[^\s()="]+))')


def search(world: World, text: str) -> list[SeriesKey]:
    """The metrics that match `{Namespace,Dim} term Key="value" Key=("a" OR b) AND (a OR b) NOT c`, by name.

    AwsError ValidationError says what cannot be read. Metrics without data for two weeks are not found.
    """
    namespace, dimensions, rest = _schema(text)
    test = _Terms(world, text, rest).read()
    since = world.clock.now() - LISTED
    return [
        key
        for key, series in visible(world.metrics, namespace)
        if series.times[-1] >= since
        and (dimensions is None or {name for name, _ in key[2]} == dimensions)
        and test(key)
    ][:LIMIT]


def _schema(text: str) -> tuple[str, set[str] | None, str]:
    """(namespace, exactly these dimensions or None for any, the rest of the text)."""
    if not text.strip() or len(text) > LENGTH:
        refuse(f"SEARCH('{text}')", f"a search text has 1 to {LENGTH} characters")
    match = _SCHEMA.match(text)
    if match is None:
        return "", None, text
    names = [(exact or plain.strip()) for exact, plain in _NAMES.findall(match.group(1)) if exact or plain.strip()]
    if not names:
        refuse(f"SEARCH('{text}')", "the schema in braces begins with a namespace")
    return names[0], set(names[1:]) or None, text[match.end() :]


class _Terms:
    """Reads the terms behind the schema: OR binds less than AND, which may be left out, and that less than NOT."""

    def __init__(self, world: World, text: str, rest: str) -> None:
        self._account = world.cluster.account
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        at, rest = 0, rest.rstrip()
        while at < len(rest):
            match = _TOKEN.match(rest, at)
            if match is None:
                self._refuse(f"'{rest[at:].strip()}' cannot be read")
            self._tokens.append((str(match.lastgroup), match.group(str(match.lastgroup))))
            at = match.end()

    def read(self) -> Test:
        if not self._tokens:
            return lambda key: True
        test = self._either(_everywhere)
        if self._tokens:
            self._refuse(f"unexpected '{self._tokens[0][1]}'")
        return test

    def _either(self, places: Places) -> Test:
        tests = [self._all(places)]
        while self._accept("word", "OR"):
            tests.append(self._all(places))
        return lambda key: any(test(key) for test in tests)

    def _all(self, places: Places) -> Test:
        tests = [self._one(places)]
        while self._tokens and self._tokens[0] not in (("word", "OR"), ("sign", ")")):
            self._accept("word", "AND")
            tests.append(self._one(places))
        return lambda key: all(test(key) for test in tests)

    def _one(self, places: Places) -> Test:
        """A term, or terms in parentheses; behind `Key=` they are about the values of that property."""
        if self._accept("word", "NOT"):
            inner = self._one(places)
            return lambda key: not inner(key)
        if self._accept("sign", "("):
            inner = self._either(places)
            if not self._accept("sign", ")"):
                self._refuse("')' expected")
            return inner
        kind, text = self._next()
        if places is _everywhere and self._accept("sign", "="):
            return self._one(self._property(_unquote(kind, text)))
        return lambda key: any(_matches(kind, text, place) for place in places(key))

    def _property(self, name: str) -> Places:
        if name == "MetricName":
            return lambda key: [key[1]]
        if name == "Namespace":
            return lambda key: [key[0]]
        if name == ":aws.AccountId":
            return lambda key: [self._account, "LOCAL"]
        return lambda key: [value for n, value in key[2] if n == name]

    def _next(self) -> tuple[str, str]:
        if not self._tokens or self._tokens[0][0] == "sign" or self._tokens[0][1] in ("AND", "OR"):
            self._refuse(f"a term is expected before '{self._tokens[0][1]}'" if self._tokens else "a term is expected")
        return self._tokens.pop(0)

    def _accept(self, kind: str, text: str) -> bool:
        if self._tokens and self._tokens[0] == (kind, text):
            self._tokens.pop(0)
            return True
        return False

    def _refuse(self, problem: str) -> NoReturn:
        refuse(f"SEARCH('{self._text}')", problem)


def _everywhere(key: SeriesKey) -> list[str]:
    return [key[0], key[1], *(part for pair in key[2] for part in pair)]


def _matches(kind: str, text: str, name: str) -> bool:
    return _unquote(kind, text) == name if kind == "exact" else finds(text, name)


def _unquote(kind: str, text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if kind == "exact" else text
