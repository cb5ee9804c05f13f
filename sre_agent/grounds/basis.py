"""What sources say, as the sense of a sentence is held against it: their statements, and every word in them.

Statements are ours: the codes of observations, and lines without what these quote. Only they can show that something
works, is over, or is not so. Of causes and effects what is quoted speaks as well, for a log names them first.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.domain.finding import Evidence
from sre_agent.grounds.cast import Cast
from sre_agent.grounds.counts import Counts, Measures
from sre_agent.grounds.echoes import unechoed
from sre_agent.grounds.foreign import marked
from sre_agent.grounds.languages import ENGLISH, concepts, languages
from sre_agent.grounds.roles import Roles
from sre_agent.grounds.tokens import sentences

_JOINTS: Final = re.compile(r"[._/=]|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SHARE: Final = re.compile(r"(?<![\w.:/-])(\d+) of (\d+)(?![\w:/-]|\.\d)")
_WORKS: Final = re.compile(r"\b(?:runs?|running|serves?|available|succeeded|completed|active|up)\b", re.I)
_UNHARMED: Final = re.compile(
    r"\b(?:no|not|nothing|none|never|without|0)\W+(?:\w+\W+){0,2}?(?:wrong|troubles?|problems?|unusual|abnormal)\b",
    re.I,
)
_SPARED: Final = re.compile(
    rf"{_UNHARMED.pattern}|\b(?:no|not|nothing|none|never|without|0)\W+(?:(?:a|an|any|further|other|more|new|recent|such|matching|been|log)\W+)?"
    r"(?:restart\w*|errors?|warnings?|alarms?|fail\w*|crash\w*|lost|missing|lines|events|changes?|changed|match\w*)\b",
    re.I,
)
_NUMBER_OF: Final = re.compile(r"(?<![\w/.])(\d+)/(\d+)(?![\w/.])")
_SUBJECT: Final = re.compile(r"(?<![\w/-])[A-Z][a-z][A-Za-z]*((?:/[A-Za-z0-9_.-]+){1,2})")
AGAIN: Final = re.compile(r"\b(?:again|back|keeps?|kept|repeat\w*|once more)\b", re.I)
_WORD: Final = re.compile(r"[^\W_]+")
_REFUSED: Final = (  # between a negation and what is not so
    r"(?:\W+(?:been|be|yet|a|an|any|have|has|had|is|are|was|were|the|to|it|get|gets|did|do|does))*\W+"
)


@dataclass(frozen=True)
class Clause:
    """A part of a statement with what it says: `well` that something works, `ill` that something is not so."""

    text: str
    whole: str

    @cached_property
    def ill(self) -> bool:
        short = any(int(part) < int(of) for part, of in _SHARE.findall(self.text))
        return short or languages()[ENGLISH].doubts.search(_SPARED.sub(" ", self.text)) is not None

    @cached_property
    def well(self) -> bool:
        return not self.ill and self.works

    @cached_property
    def works(self) -> bool:
        """Whether it speaks of working at all, be it denied."""
        finds = (_WORKS, _UNHARMED, languages()[ENGLISH].thrives)
        return any(one.search(self.text) is not None for one in finds)

    @cached_property
    def over(self) -> bool:
        english = languages()[ENGLISH]
        said = english.ends.search(self.text) is not None or english.calms(self.text)
        return said and not english.denies.search(english.ends.sub("", self.text))

    @cached_property
    def concepts(self) -> frozenset[str]:
        return frozenset(name for name, finds in concepts(ENGLISH).items() if finds.search(self.text))

    def names(self, names: Iterable[str]) -> bool:
        """Whether the statement it is of names any of these, written in lower case."""
        said = self.whole.casefold()
        return any(re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", said) for name in names)


class Basis:
    """`texts` are lines with quotations in them. `stated` are ours alone, `quoted` somebody else's. `facts` say of whom
    they name nothing but numbers and quotations that stand elsewhere too."""

    def __init__(
        self,
        texts: Iterable[str],
        *,
        stated: Iterable[str] = (),
        quoted: Iterable[str] = (),
        facts: Iterable[str] = (),
    ) -> None:
        lines = [line for text in texts for line in marked(text).splitlines()]
        stated = list(stated)
        self.lines = [*(part for line in lines for part in sentences(line)), *stated]
        self.facts = list(facts)
        ours = [*(own(line) for line in lines), *stated]
        self.statements = [spread(part) for line in ours for part in sentences(line) if part.strip(" |#-")]
        self.words = spread("\n".join([*lines, *stated, *quoted]))
        self.names = subject_names("\n".join(ours))

    def __add__(self, other: Basis) -> Basis:
        both = Basis(())
        both.statements, both.words = [*self.statements, *other.statements], f"{self.words}\n{other.words}"
        both.names = self.names | other.names
        both.lines, both.facts = [*self.lines, *other.lines], [*self.facts, *other.facts]
        return both

    def parts(self, others: Collection[str] = ()) -> tuple[Roles, Counts]:
        """Who does what to whom, and whose the numbers are. `others` are names that look like words."""
        return _parts(tuple(self.lines), tuple(self.facts), frozenset(others))

    @cached_property
    def measures(self) -> Measures:
        return Measures(self.words)

    @cached_property
    def clauses(self) -> list[Clause]:
        parts = languages()[ENGLISH].parts
        return [Clause(part, text) for text in self.statements for part in parts.split(text) if part.strip()]

    @cached_property
    def said(self) -> str:
        return "\n".join(self.statements)

    @cached_property
    def known(self) -> frozenset[str]:
        """Every word, in lower case."""
        return frozenset(word.casefold() for word in _WORD.findall(self.words))

    def speaks_of(self, tag: str, *, own_words: bool = False) -> set[str]:
        """The concepts in it, in English or in the language of this tag."""
        return set(_concepts(self.said if own_words else self.words, tag))

    def denies(self, concept: str) -> bool:
        """Whether a statement says that there is none of it."""
        finds, english = concepts(ENGLISH)[concept].pattern, languages()[ENGLISH]
        near = rf"(?:{english.denies.pattern}|(?<![\w.])0){_REFUSED}(?:{finds})"
        far = rf"\b(?:no|nothing|none|nobody|neither)\b(?:\W+\w+){{0,3}}\W+(?:is|was|were|are|been)\W+(?:{finds})"
        none = rf"(?:{finds})\w*\W+0(?![\d.])"
        return any(re.search(f"{near}|{far}|{none}", text, re.I) is not None for text in self.statements)

    @cached_property
    def doubt(self) -> bool:
        """Whether a statement says that something is not so."""
        return any(clause.ill for clause in self.clauses) or languages()[ENGLISH].denies.search(self.said) is not None

    @cached_property
    def spares(self) -> bool:
        """Whether a statement says that something bad is not so."""
        return _SPARED.search(self.said) is not None


@lru_cache(maxsize=64)  # the sentences of one answer are held against the same text
def _concepts(text: str, tag: str) -> frozenset[str]:
    return frozenset(name for name, finds in concepts(tag).items() if finds.search(text))


@lru_cache(maxsize=16)
def _parts(lines: tuple[str, ...], facts: tuple[str, ...], others: frozenset[str]) -> tuple[Roles, Counts]:
    cast = Cast([*lines, *facts], others)
    return Roles(lines, cast), Counts(lines, facts, cast)


def of_evidence(item: Evidence) -> Basis:
    """The answer of a call. What its caller asked for shows nothing; that it failed is a statement."""
    item = unechoed(item)
    if item.answer is None:
        return Basis([item.error])
    stated, quoted, facts = [], [], []
    for one in item.answer.observations:
        meaning = OBSERVATIONS[one.code].meaning
        stated.append(f"{one.subject.short} {one.code}, {meaning}" if meaning else f"{one.subject.short} {one.code}")
        quoted += [one.excerpt, *(str(value) for value in one.attributes.values())]
        facts.append(" ".join([one.subject.short, one.excerpt, *map(str, one.attributes.values())]))
    return Basis([item.answer.text], stated=stated, quoted=quoted, facts=facts)


def own(text: str) -> str:
    """Without what stands between the first quotation mark and the last: what is quoted may hold such marks itself.
    Where only one is there, nobody knows what is quoted, and nothing is ours."""
    before, mark, rest = text.partition('"')
    if not mark:
        return text
    return f"{before} {rest.rpartition(mark)[2]}" if mark in rest else ""


def spread(text: str) -> str:
    """With the words of codes and compound names apart, beside the text as it stands where that differs."""
    apart = _JOINTS.sub(" ", _NUMBER_OF.sub(r"\1 of \2", text))
    return apart if apart == text else f"{apart} {' '.join(piece for piece in text.split() if _JOINTS.search(piece))}"


def subject_names(text: str) -> frozenset[str]:
    """The parts of `Kind/namespace/name` in a text, in lower case."""
    return frozenset(part.casefold() for path in _SUBJECT.findall(text) for part in path.strip("/").split("/"))
