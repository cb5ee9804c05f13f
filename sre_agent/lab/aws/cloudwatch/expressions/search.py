"""SEARCH of metric math: which metrics a search text means."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from sre_agent.lab.aws.cloudwatch.expressions.language import refuse
from sre_agent.lab.aws.cloudwatch.expressions.tokens import finds
from sre_agent.lab.aws.cloudwatch.metrics.listing import LISTED
from sre_agent.lab.aws.cloudwatch.metrics.selection import visible
from sre_agent.lab.telemetry import SeriesKey
from sre_agent.lab.world import World

LIMIT = 500  # time series that one SEARCH returns
LENGTH = 1_024  # characters of a search text
Test = Callable[[SeriesKey], bool]
_SCHEMA = re.compile(r'^\s*\{((?:[^{}"]|"[^"]*")*)\}\s*,?')
_NAMES = re.compile(r'"([^"]*)"|([^,"]+)')
_TOKEN = re.compile(r'\s*(?:(?P<sign>[()=])|(?P<exact>"(?:[^"\\]|\\.)*")|(?P<word>[^\s()="]+))')


def search(world: World, text: str) -> list[SeriesKey]:
    """The metrics that match `{Namespace,Dim} term Key="value" AND (a OR b) NOT c`, by name.

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
    found = _SCHEMA.match(text)
    if found is None:
        return "", None, text
    names = [(exact or plain.strip()) for exact, plain in _NAMES.findall(found.group(1)) if exact or plain.strip()]
    if not names:
        refuse(f"SEARCH('{text}')", "the schema in braces begins with a namespace")
    return names[0], set(names[1:]) or None, text[found.end() :]


class _Terms:
    """Reads the terms behind the schema: OR binds less than AND, which may be left out, and that less than NOT."""

    def __init__(self, world: World, text: str, rest: str) -> None:
        self._account = world.cluster.account
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        at, rest = 0, rest.rstrip()
        while at < len(rest):
            found = _TOKEN.match(rest, at)
            if found is None:
                self._refuse(f"'{rest[at:].strip()}' cannot be read")
            self._tokens.append((str(found.lastgroup), found.group(str(found.lastgroup))))
            at = found.end()

    def read(self) -> Test:
        if not self._tokens:
            return lambda key: True
        test = self._either()
        if self._tokens:
            self._refuse(f"unexpected '{self._tokens[0][1]}'")
        return test

    def _either(self) -> Test:
        tests = [self._all()]
        while self._taken("word", "OR"):
            tests.append(self._all())
        return lambda key: any(test(key) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._tokens and self._tokens[0] not in (("word", "OR"), ("sign", ")")):
            self._taken("word", "AND")
            tests.append(self._one())
        return lambda key: all(test(key) for test in tests)

    def _one(self) -> Test:
        if self._taken("word", "NOT"):
            inner = self._one()
            return lambda key: not inner(key)
        if self._taken("sign", "("):
            inner = self._either()
            if not self._taken("sign", ")"):
                self._refuse("')' expected")
            return inner
        kind, text = self._next()
        if self._taken("sign", "="):
            key_kind, key_text = kind, text
            kind, text = self._next()
            return self._property(_unquoted(key_kind, key_text), kind, text)
        return lambda key: any(_matches(kind, text, place) for place in _places(key))

    def _property(self, name: str, kind: str, text: str) -> Test:
        if name == "MetricName":
            return lambda key: _matches(kind, text, key[1])
        if name == "Namespace":
            return lambda key: _matches(kind, text, key[0])
        if name == ":aws.AccountId":
            here = _unquoted(kind, text).strip("'") in (self._account, "LOCAL")
            return lambda key: here
        return lambda key: any(n == name and _matches(kind, text, value) for n, value in key[2])

    def _next(self) -> tuple[str, str]:
        if not self._tokens or self._tokens[0][0] == "sign" or self._tokens[0][1] in ("AND", "OR"):
            self._refuse(f"a term is expected before '{self._tokens[0][1]}'" if self._tokens else "a term is expected")
        return self._tokens.pop(0)

    def _taken(self, kind: str, text: str) -> bool:
        if self._tokens and self._tokens[0] == (kind, text):
            self._tokens.pop(0)
            return True
        return False

    def _refuse(self, problem: str) -> NoReturn:
        refuse(f"SEARCH('{self._text}')", problem)


def _places(key: SeriesKey) -> list[str]:
    return [key[0], key[1], *(part for pair in key[2] for part in pair)]


def _matches(kind: str, text: str, name: str) -> bool:
    return _unquoted(kind, text) == name if kind == "exact" else finds(text, name)


def _unquoted(kind: str, text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if kind == "exact" else text
