"""What a class file says in words: texts with `{placeholders}`, and on what it depends whether they are said.

A reference is `NAME`, `NAME.attribute` or `NAME.on.name`, where NAME is the code of an observation, one of the class's
own `facts`, or a named value (`checking.VALUES`). `a.x|b.y` is the first of these that is there. In a text it stands in
braces and may carry a format after a colon: `{container.oom_killed.excerpt:quote 200}` (see `formats`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from mcp_servers.contract.observations import OBSERVATIONS

PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
LEFT_BRACE: Final = "{left_brace}"
Scalar = str | int | float | bool


class AtLeast(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    at_least: float


# A reference that has to be there, or references with the value, or one of the values, that each has to have.
Test = str | dict[str, Scalar | list[Scalar] | AtLeast]


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Tests = Annotated[list[Test], BeforeValidator(_as_list)]


class GuardedClause(BaseModel):
    """Holds where every test of `when` holds and none of `unless`. What is empty is not there; the number 0 is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: Tests = Field(default_factory=list)
    unless: Tests = Field(default_factory=list)


class TextPart(GuardedClause):
    """Words with a condition: `say` them all; of `first_of` the first whose condition holds; or those of `words` that
    belong to the value of the reference `word_for`, `otherwise` where it has none."""

    say: Parts = Field(default_factory=list)
    first_of: Parts = Field(default_factory=list)
    word_for: str = ""
    words: dict[str, str] = Field(default_factory=dict)
    otherwise: str = ""

    @model_validator(mode="after")
    def _one(self) -> TextPart:
        if sum(map(bool, (self.say, self.first_of, self.word_for))) != 1:
            raise ValueError("a part has one of say, first_of and word_for")
        if bool(self.words) != bool(self.word_for) or (self.otherwise and not self.word_for):
            raise ValueError("word_for stands with words, and otherwise only with both")
        return self


Parts = Annotated[list[str | TextPart], BeforeValidator(_as_list)]
TextPart.model_rebuild()


@dataclass(frozen=True, slots=True)
class ReferencePart:
    """One name of a reference: the code, fact or value, and the path from there."""

    head: str
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextReference:
    names: tuple[ReferencePart, ...]
    format: str = ""
    argument: str = ""


def reference(text: str) -> TextReference:
    """The parts of `name|name:format argument`."""
    names, _, form = text.partition(":")
    name, _, argument = form.strip().partition(" ")
    return TextReference(tuple(_name(one.strip()) for one in names.split("|")), name, argument)


def _name(text: str) -> ReferencePart:
    first, *rest = text.split(".")
    if rest and f"{first}.{rest[0]}" in OBSERVATIONS:
        return ReferencePart(f"{first}.{rest[0]}", tuple(rest[1:]))
    return ReferencePart(first, tuple(rest))


def placeholders(text: str) -> Iterator[str]:
    """What stands in braces in a text."""
    yield from PLACEHOLDER.findall(text)


def of_tests(condition: GuardedClause) -> Iterator[str]:
    """Every reference that a condition tests."""
    for test in (*condition.when, *condition.unless):
        yield from [test] if isinstance(test, str) else test


def of_parts(parts: list[str | TextPart]) -> Iterator[tuple[list[str], list[str]]]:
    """Of every part the texts and the references outside them."""
    for part in parts:
        if isinstance(part, str):
            yield [part], []
            continue
        texts = [*part.words.values(), part.otherwise]
        yield texts, [*of_tests(part), *([part.word_for] if part.word_for else [])]
        yield from of_parts([*part.say, *part.first_of])


def texts_in(value: Any) -> Iterator[str]:
    """Every text in the arguments of a call."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)


def literal(text: str) -> str:
    """A text that says exactly this, whatever braces stand in it."""
    return text.replace("{", LEFT_BRACE)
