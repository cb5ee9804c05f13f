"""The texts of a class file filled in for one hypothesis, and the conditions on them decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mcp_servers.contract.facts import Subject
from sre_agent.diagnosis.names import NamedFact, observed
from sre_agent.diagnosis.view import SubjectView
from sre_agent.domain.base import EvidenceId
from sre_agent.failures.formats import FORMATS, plain
from sre_agent.failures.sentences import (
    PLACEHOLDER,
    AtLeast,
    GuardedClause,
    ReferencePart,
    Scalar,
    Test,
    TextPart,
    reference,
)

CLINGING = ".,;:)"  # what stands without a space after the words before it
FORMAT_ERRORS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)  # all that a format can raise


class TextProblem(ValueError):
    """A text that cannot be filled in; the message quotes it, `why` does not."""

    def __init__(self, text: str, why: object) -> None:
        super().__init__(f"{text!r} cannot be filled in: {why}")
        self.why = str(why)


class Texts:
    """`values` are the `names` of the hypothesis; observations are looked for in the view. `evidence` are the calls
    whose facts were filled in so far."""

    def __init__(self, view: SubjectView, values: Mapping[str, Any]) -> None:
        self._view = view
        self._values = values
        self.evidence: list[EvidenceId] = []

    def render(self, parts: Sequence[str | TextPart]) -> str:
        """What the parts say, each in its turn. Raises TextProblem."""
        text = ""
        for part in parts:
            if more := self._part(part):
                text += more if not text or more[0] in CLINGING else f" {more}"
        return text

    def holds(self, condition: GuardedClause) -> bool:
        return all(map(self._test, condition.when)) and not any(map(self._test, condition.unless))

    def fill(self, value: Any) -> Any:
        """`value` with every text in it filled in: lists and dicts keep their shape, and a text that is one placeholder
        becomes the value itself. Raises TextProblem."""
        if isinstance(value, dict):
            return {key: self.fill(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if not isinstance(value, str):
            return value
        if whole := PLACEHOLDER.fullmatch(value):
            return self._value_or_fail(value, whole[1])
        return PLACEHOLDER.sub(lambda match: plain(self._value_or_fail(value, match[1])), value)

    def _part(self, part: str | TextPart) -> str:
        if isinstance(part, str):
            return plain(self.fill(part))
        if not self.holds(part):
            return ""
        if part.word_for:
            value = plain(self._value_or_fail(part.word_for, part.word_for))
            return plain(self.fill(part.words.get(value, part.otherwise)))
        if part.first_of:
            first = next((one for one in part.first_of if isinstance(one, str) or self.holds(one)), "")
            return self._part(first)
        return self.render(part.say)

    def _test(self, test: Test) -> bool:
        if isinstance(test, str):
            return not _empty(self._value_or_fail(test, test))
        return all(_is(self._value_or_fail(name, name), expected) for name, expected in test.items())

    def _value_or_fail(self, text: str, name: str) -> Any:
        try:
            return self.value(name)
        except FORMAT_ERRORS as problem:
            raise TextProblem(text, problem) from problem

    def value(self, text: str) -> Any:
        """What a reference stands for, in its format."""
        text_reference = reference(text)
        value = next((value for name in text_reference.names if not _empty(value := self._resolve(name))), "")
        return FORMATS[text_reference.format](value, text_reference.argument) if text_reference.format else value

    def _resolve(self, name: ReferencePart) -> Any:
        value = self._values[name.head] if name.head in self._values else observed(self._view, name.head)
        if callable(value):
            value = value()
        if isinstance(value, NamedFact) and value.evidence is not None and value.evidence not in self.evidence:
            self.evidence.append(value.evidence)
        for step in name.path:
            value = _step(value, step)
        return (value or None) if isinstance(value, NamedFact) else value


def _empty(value: Any) -> bool:
    """Whether it says nothing; the number 0 does say something."""
    return value is None or value is False or value in ("", [])


def _step(value: Any, name: str) -> Any:
    if isinstance(value, NamedFact):
        return value.attribute(name)
    if isinstance(value, Subject):
        return getattr(value, name)
    return value.get(name, "") if isinstance(value, Mapping) else ""


def _is(value: Any, expected: Scalar | list[Scalar] | AtLeast) -> bool:
    if isinstance(expected, AtLeast):
        number = plain(value)
        return number.replace(".", "", 1).isdecimal() and float(number) >= expected.at_least
    return any(_same(value, option) for option in (expected if isinstance(expected, list) else [expected]))


def _same(value: Any, option: Scalar) -> bool:
    numbers = isinstance(value, int | float) and isinstance(option, int | float)
    return bool(value == option) if numbers else str(value).lower() == str(option).lower()
