"""The language of a `labelSelector` query, read word by word as the server does, and its texts for what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sre_lab.kubernetes.rules import forms, go

_WORDS = re.compile(r"\s+|==|!=|[=!<>(),]|[^\s=!<>(),]+")
_OPERATORS = {"=": "in", "==": "in", "in": "in", "!=": "notin", "notin": "notin", ">": "gt", "<": "lt"}
_EXPECTED = "in, notin, =, ==, !=, gt, lt"
_MARKS = ("==", "!=", "=", "!", "<", ">", "(", ")", ",", "")


class LabelSelectorError(ValueError):
    """The text is no selector; the message is the server's."""


@dataclass(frozen=True)
class LabelRequirement:
    """One condition: `exists`, `doesnotexist`, `in`, `notin`, `gt` or `lt` over the values."""

    key: str
    operator: str
    values: tuple[str, ...] = ()


def parse(text: str) -> list[LabelRequirement]:
    """The conditions of a selector, all of which have to hold. LabelSelectorError."""
    return _Reader([word for word in _WORDS.findall(text) if not word.isspace()]).selector()


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self._words = tokens
        self._place = 0

    def selector(self) -> list[LabelRequirement]:
        requirements: list[LabelRequirement] = []
        while True:
            word = self._next()
            if word == "":
                return requirements
            if word != "!" and word in _MARKS:
                raise LabelSelectorError(f"found '{word}', expected: !, identifier, or 'end of string'")
            try:
                requirements.append(self._requirement())
            except LabelSelectorError as problem:
                raise LabelSelectorError(f"unable to parse requirement: {problem}") from None
            after = self._take()
            if after == "":
                return requirements
            if after != ",":
                raise LabelSelectorError(f"found '{after}', expected: ',' or 'end of string'")
            if self._next() != "!" and self._next() in _MARKS:
                raise LabelSelectorError(f"found '{self._next()}', expected: identifier after ','")

    def _requirement(self) -> LabelRequirement:
        absent = self._next() == "!"
        if absent:
            self._take()
        key = self._take()
        if key in _MARKS:
            raise LabelSelectorError(f"found '{key}', expected: identifier")
        if problems := forms.qualified_name(key):
            raise LabelSelectorError(f"<nil>: Invalid value: {go.quote(key)}: {'; '.join(problems)}")
        if absent:
            return LabelRequirement(key, "doesnotexist")
        if self._next() in ("", ","):
            return LabelRequirement(key, "exists")
        sign = self._take()
        if sign not in _OPERATORS:
            raise LabelSelectorError(f"found '{sign}', expected: {_EXPECTED}")
        values = self._values() if sign in ("in", "notin") else self._value()
        return _check(LabelRequirement(key, _OPERATORS[sign], values))

    def _value(self) -> tuple[str, ...]:
        if self._next() in ("", ","):
            return ("",)
        value = self._take()
        if value in _MARKS:
            raise LabelSelectorError(f"found '{value}', expected: identifier")
        return (value,)

    def _values(self) -> tuple[str, ...]:
        word = self._take()
        if word != "(":
            raise LabelSelectorError(f"found '{word}' expected: '('")
        values, value = [], ""
        while True:
            word = self._take()
            if word in (",", ")"):
                values.append(value)
                value = ""
                if word == ")":
                    return () if values == [""] else tuple(dict.fromkeys(values))
            elif value:
                raise LabelSelectorError(f"found '{word}', expected: ',' or ')'")
            elif word in _MARKS:
                expected = "',', or identifier" if values else "',', ')' or identifier"
                raise LabelSelectorError(f"found '{word}', expected: {expected}")
            else:
                value = word

    def _next(self) -> str:
        return self._words[self._place] if self._place < len(self._words) else ""

    def _take(self) -> str:
        word = self._next()
        self._place += 1
        return word


def _check(requirement: LabelRequirement) -> LabelRequirement:
    if requirement.operator in ("in", "notin") and not requirement.values:
        problem = "for 'in', 'notin' operators, values set can't be empty"
        raise LabelSelectorError(f"values: Invalid value: []: {problem}")
    for place, value in enumerate(sorted(requirement.values)):
        if requirement.operator in ("gt", "lt") and not re.fullmatch(r"[+-]?\d+", value):
            problem = "for 'Gt', 'Lt' operators, the value must be an integer"
            raise LabelSelectorError(f"values[{place}]: Invalid value: {go.quote(value)}: {problem}")
        if problems := forms.label_value(value):
            raise LabelSelectorError(
                f"values[{place}][{requirement.key}]: Invalid value: {go.quote(value)}: {'; '.join(problems)}"
            )
    return requirement
