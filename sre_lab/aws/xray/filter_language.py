"""Filter expressions of X-Ray: keywords, comparisons, AND, OR, !, service(...) {...} and edge(...) {...}."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from sre_lab.aws.xray.filter_subjects import EdgeSubject, FilterSubject, ServiceSubject
from sre_lab.aws.xray.filter_words import FilterWords, unquote
from sre_lab.aws.xray.traces import ServiceNode

Test = Callable[[FilterSubject], bool]
ServiceNodeTest = Callable[[ServiceNode], bool]
BOOLEANS = ("ok", "error", "throttle", "fault", "partial", "inferred", "root")
NUMBERS = ("responsetime", "duration", "http.status")
STRINGS = ("http.url", "http.method", "http.useragent", "http.clientip", "user", "name", "type", "message")
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "CONTAINS": lambda actual, expected: expected in actual,
    "BEGINSWITH": lambda actual, expected: bool(actual.startswith(expected)),
    "ENDSWITH": lambda actual, expected: bool(actual.endswith(expected)),
}
OF_NUMBERS = ("=", "!=", "<", "<=", ">", ">=")
OF_STRINGS = ("=", "!=", "CONTAINS", "BEGINSWITH", "ENDSWITH")


def parse(expression: str) -> Test:
    """The test that an expression means; every trace passes an empty one.

    AwsError InvalidRequestException says which part cannot be read, or is not known here.
    """
    if not expression.strip():
        return lambda subject: True
    reader = _Reader(expression)
    test = reader.either()
    reader.end()
    return test


class _Reader(FilterWords):
    """AND binds closer than OR and may be left out."""

    def either(self) -> Test:
        tests = [self._all()]
        while self.word("OR"):
            tests.append(self._all())
        return lambda subject: any(test(subject) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self.tokens and self.tokens[0] not in (("word", "OR"), ("sign", ")"), ("sign", "}")):
            self.word("AND")
            tests.append(self._one())
        return lambda subject: all(test(subject) for test in tests)

    def _one(self) -> Test:
        if self.sign("!"):
            inner = self._one()
            return lambda subject: not inner(subject)
        if self.sign("("):
            test = self.either()
            self.expect(")")
            return test
        kind, word = self.next("a keyword")
        if kind != "word":
            self.refuse(f"a keyword is expected, not '{word}'")
        if word == "service":
            return self._service()
        if word == "edge":
            return self._edge()
        if word == "annotation" or word.startswith("annotation."):
            return self._annotation(word)
        if word in BOOLEANS:
            return self._boolean(word)
        if word in NUMBERS:
            return self._compare(word, OF_NUMBERS, "number")
        if word in STRINGS:
            return self._compare(word, OF_STRINGS, "text")
        known_names = ", ".join([*BOOLEANS, *NUMBERS, *STRINGS, "annotation", "service", "edge"])
        self.refuse(f"the keyword '{word}' is not known here; these are: {known_names}")

    def _boolean(self, keyword: str) -> Test:
        for sign, same in (("=", True), ("!=", False)):
            if self.sign(sign):
                kind, value = self.next("true or false")
                if kind != "word" or value.lower() not in ("true", "false"):
                    self.refuse(f"{keyword} is compared with true or false, not with '{value}'")
                expected = (value.lower() == "true") is same
                return lambda subject: subject.boolean(keyword) is expected
        return lambda subject: subject.boolean(keyword)

    def _compare(self, keyword: str, signs: tuple[str, ...], kind: str) -> Test:
        sign = self.comparison(signs)
        if not sign:
            return lambda subject: any(value is not None for value in subject.values(keyword))
        value_kind, value = self.value()
        if value_kind != kind:
            self.refuse(f"{keyword} is compared with a {kind}")
        return lambda subject: any(_holds(sign, actual, value) for actual in subject.values(keyword))

    def _annotation(self, word: str) -> Test:
        key = word.partition(".")[2]
        if not key:
            self.expect("[")
            kind, text = self.next("the key of an annotation")
            key = unquote(text) if kind == "text" else text
            self.expect("]")
        sign = self.comparison(tuple(COMPARISONS))
        if not sign:
            return lambda subject: bool(list(subject.annotations(key)))
        value = self.value()[1]
        return lambda subject: any(_holds(sign, actual, value) for actual in subject.annotations(key))

    def _service(self) -> Test:
        self.expect("(")
        node_test: ServiceNodeTest = (lambda node: True) if self.is_next(")") else self._node_test()
        self.expect(")")
        inner = self._inner()

        def test(subject: FilterSubject) -> bool:
            trace = subject.trace
            return any(node_test(node) and inner(ServiceSubject(trace, node)) for node in trace.nodes)

        return test

    def _edge(self) -> Test:
        self.expect("(")
        caller = self._node_test()
        self.expect(",")
        callee = self._node_test()
        self.expect(")")
        inner = self._inner()

        def test(subject: FilterSubject) -> bool:
            calls = [call for call in subject.trace.calls if caller(call.caller) and callee(call.callee)]
            return bool(calls) and inner(EdgeSubject(subject.trace, calls))

        return test

    def _inner(self) -> Test:
        if not self.sign("{"):
            return lambda subject: True
        test = self.either()
        self.expect("}")
        return test

    def _node_test(self) -> ServiceNodeTest:
        """`"name"` or `id(name: "name", type: "AWS::Kind")`."""
        kind, text = self.next("the name of a service")
        if kind == "text":
            name = unquote(text)
            return lambda node: node.name == name
        if text != "id":
            self.refuse(f"the name of a service in quotes, or id(...), is expected, not '{text}'")
        self.expect("(")
        conditions: dict[str, str] = {}
        while True:
            key = self.next("name or type")[1]
            self.expect(":")
            value_kind, value = self.next("a text in quotes")
            if key not in ("name", "type") or value_kind != "text":
                self.refuse('id takes name: "..." and type: "..."')
            conditions[key] = unquote(value)
            if not self.sign(","):
                break
        self.expect(")")
        return lambda node: all(getattr(node, key) == value for key, value in conditions.items())


def _holds(sign: str, actual: Any, expected: Any) -> bool:
    """The comparison; values of different kinds are just not equal."""
    if actual is None:
        return False
    if isinstance(actual, bool) is not isinstance(expected, bool) or isinstance(actual, str) is not isinstance(
        expected, str
    ):
        return sign == "!="
    if sign not in (OF_STRINGS if isinstance(actual, str) else OF_NUMBERS):
        return False
    return COMPARISONS[sign](actual, expected)
