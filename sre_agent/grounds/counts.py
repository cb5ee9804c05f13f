"""Whose number it is: a number that one source gives of one thing is told of no other, and in no other unit.

A number belongs to whom its clause names. Where the clause names nobody it belongs, in a source, to whoever the
sentence names, and in what is told, to whom the clause before named. A number that stands in a source beside no name
is free.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from sre_agent.grounds.cast import Cast, Part
from sre_agent.grounds.languages import ENGLISH, Language, concepts, languages, units
from sre_agent.grounds.tokens import NUMBERS, Source, Token, without_times

_OF: Final = re.compile(
    r"(?<![\w.,:/-])(\d+)"
    r"(?:\s*(?:out of|of the|of|von den|von|de las|de los|de|di|dei|dos|das|van de|van|sur les|sur)\s+|/)"
    r"(\d+)(?![\w%:/-]|[.,]\d)"
)
_OF_WHICH: Final = re.compile(  # the whole comes first
    r"(?<![\w.,:/-])(\d+)(?:[^\d\s。，、,;:]{0,2}\s*[^\d\s。，、,;:]{0,6}(?:中の?|中有|のうち|其中| 중)\s*"
    r"|[^\d.;:!?]{0,24}\b(?:of which|of them|davon|dont|de los cuales|de las cuales|de ellos|di cui|dos quais|das quais"
    r"|waarvan)\s+(?:[^\d\s.;:!?]+\s+){0,2})(\d+)(?![\w%:/-]|[.,]\d)"
)
_OF_ALL: Final = re.compile(
    r"\b(?:of|out of|von|de|di|sur|van)\s+(?:(?:the|den|las|los|les|os|as|de)\s+)?(\d+)\b(?![%:/.,-])"
    r"([^\d;:,!?.]{1,40}?)(\d+)(?![\w%:/-]|[.,]\d)",
    re.I,
)
_FROM: Final = re.compile(r"\bfrom (\d+(?:\.\d+)?)(?: ?[^\s\d]{1,5})? to (\d+(?:\.\d+)?)", re.I)
_SHARE: Final = re.compile(r"(?<![\w.:/-])(\d+)/(\d+)(?![\w:/-]|\.\d)")
MEANT: Final = ("restart", "limit", "users", "change", "scale", "crash", "queue")  # what a number can be of
_MARKS: Final = re.compile(r"[\s,;/&+()]*")
_UNITS: Final = r"ms|s|min|h|d|%|[KMGT]i?B?|kB|bytes"
_MEASURE: Final = re.compile(rf"(?<![\w.:/-])(\d+(?:\.\d+)?)\s?({_UNITS})(?!\w)")

_COUNTED: Final = re.compile(rf"(?:{NUMBERS.pattern}) (?:restarts?|times|replicas?|pods?|errors?|events?|requests?)\b")


@dataclass(frozen=True)
class _Place:
    """A clause of a source and of whom it speaks. `free`: its numbers stand apart from what they are."""

    text: str
    who: frozenset[str]
    free: bool = False

    @cached_property
    def source(self) -> Source:
        return Source(self.text)

    @property
    def counts(self) -> bool:
        return bool(_numbers(self.text))

    def speaks_of(self, concept: str) -> bool:
        return concepts(ENGLISH)[concept].search(self.text) is not None


class Counts:
    """The numbers of some sources. `lines` are their sentences, in English; `facts` say things of whom they name."""

    def __init__(self, lines: Sequence[str], facts: Sequence[str], cast: Cast) -> None:
        english = languages()[ENGLISH]
        self._cast = cast
        self._places = [place for line in lines for place in self._of(in_figures(line, english), english)]
        self._places += [_Place(fact, frozenset(part.name for part in cast.named(fact)), True) for fact in facts]

    def misplaced(self, text: str, spoken: Language) -> bool:
        """Whether a number is told of somebody of whom no source gives it."""
        return any(who and not self._holds(number, who) for number, who in self._told(in_figures(text, spoken), spoken))

    def mistaken(self, text: str, spoken: Language) -> bool:
        """Whether the one number of a clause is told to be what the sources say of another number."""
        for clause in spoken.parts.split(in_figures(text, spoken)):
            numbers = {number[0] for number in _numbers(clause)}
            if len(numbers) != 1:
                continue
            token = Token("number", numbers.pop())
            known = concepts(spoken.tag)
            for meant in (name for name in MEANT if known[name].search(clause)):
                holding = [place for place in self._places if place.source.holds(token)]
                if any(place.free or place.speaks_of(meant) for place in holding):
                    continue
                if holding and any(place.counts and place.speaks_of(meant) for place in self._places):
                    return True
        return False

    def _of(self, line: str, english: Language) -> Iterator[_Place]:
        everybody = frozenset(part.name for part in self._cast.named(line))
        for clause in english.parts.split(line):
            who = frozenset(part.name for part in self._cast.named(clause)) or everybody
            yield _Place(clause, who, "|" in line)

    def _told(self, text: str, spoken: Language) -> Iterator[tuple[str, frozenset[str]]]:
        parts, numbers = self._cast.named(text), _numbers(text)
        if paired := _in_turn(text, parts, numbers, spoken):
            yield from paired
            return
        before: frozenset[str] = frozenset()
        for clause in spoken.parts.split(text):
            named, counted = self._cast.named(clause), _numbers(clause)
            everybody = frozenset(part.name for part in named) or before
            for number in counted:
                first = [part.name for part in named if part.end <= number.start()]
                several = len(counted) > 1 and len(everybody) > 1 and first
                yield number[0], frozenset(first[-1:]) if several else everybody
            before = everybody

    def _holds(self, number: str, who: frozenset[str]) -> bool:
        token = Token("number", number)
        names = [place.who for place in self._places if place.source.holds(token)]
        return not names or any(not one or one & who for one in names)


class Measures:
    """Numbers of sources with their units, and which of them stand without one."""

    def __init__(self, text: str) -> None:
        figures = in_figures(text, languages()[ENGLISH])
        self._measured = set(_measures(figures))
        bare = _MEASURE.sub(" ", without_times(figures))
        self._bare = _values(bare)
        self._counted = self._bare - _values(_COUNTED.sub(" ", bare))

    def other(self, text: str, spoken: Language, *, whole: bool) -> bool:
        """Whether a number is told in a unit that it has in no source. `whole`: these are all sources, and what is
        measured in them is counted nowhere."""
        figures = in_figures(text, spoken)
        known, told = {value for value, _ in self._measured}, set(_measures(figures))
        counted = self._bare if whole else self._counted
        if any(value in known | counted for value, _ in told - self._measured):
            return True
        return whole and bool(_values(_MEASURE.sub(" ", without_times(figures))) & known - self._bare)


def shares(text: str) -> set[tuple[str, str]]:
    """How many of how many, in whatever words."""
    return set(_SHARE.findall(_in_shares(text)))


def upside_down(text: str) -> bool:
    """Whether it counts more of something than there are."""
    return any(int(part) > int(of) for part, of in shares(text))


def backwards(text: str, lines: Sequence[str]) -> bool:
    """Whether what went from one number to another is told to have gone the other way."""
    told = [float(found[0]) for found in _numbers(text)]
    for line in lines:
        for one, two in ((float(found[1]), float(found[2])) for found in _FROM.finditer(line)):
            if one != two and one in told and two in told and told.index(two) < told.index(one):
                return True
    return False


def other_side(text: str, spoken: Language, lines: Sequence[str]) -> bool:
    """Whether the share that works is told as the share that fails, or the other way round."""
    for (part, of), works in _sides(text, spoken):
        near = [line for line in lines if works is not None and part in line and of in line]
        sides = (side for line in near for side in _sides(line, languages()[ENGLISH]))
        known = {side for share, side in sides if share == (part, of)}
        if known and None not in known and works not in known:
            return True
    return False


def in_figures(text: str, spoken: Language) -> str:
    """With units as symbols: `60 seconds` as `60 s`."""
    for unit, finds in units(spoken.tag).items():
        text = finds.sub(rf"\g<1> {unit} ", text)
    return text


def _in_shares(text: str) -> str:
    text = _OF_ALL.sub(_of_all, _OF.sub(r" \1/\2 ", without_times(text)))
    return _OF_WHICH.sub(r" \2/\1 ", text)


def _of_all(found: re.Match[str]) -> str:
    """`Of 2 pods 0 fail`; the part is no more than the whole, as it may be in `from 0 to 41`."""
    return f"{found[3]}/{found[1]} {found[2]}" if int(found[3]) <= int(found[1]) else found[0]


def _sides(text: str, spoken: Language) -> Iterator[tuple[tuple[str, str], bool | None]]:
    """The shares of a sentence with what their clause says of them: works, does not, or neither."""
    for clause in spoken.parts.split(_in_shares(text)):
        prose = re.sub(r"\d+", " ", clause)
        bad = any(spoken.spaced or len(found[0]) > 1 for found in spoken.fails.finditer(prose))
        good = spoken.thrives.search(prose) is not None or spoken.fits.search(prose) is not None
        if spoken.tag == ENGLISH:
            good = good or re.search(r"\b(?:serves?|serving|runs?|up)\b", prose, re.I) is not None
        for share in _SHARE.findall(clause):
            yield share, None if good == bad else good


def _values(text: str) -> set[float]:
    return {abs(float(number)) for number in NUMBERS.findall(text)}


def _measures(text: str) -> list[tuple[float, str]]:
    return [(float(value), unit) for value, unit in _MEASURE.findall(text)]


def _numbers(text: str) -> list[re.Match[str]]:
    return list(NUMBERS.finditer(without_times(text)))


def _in_turn(
    text: str, parts: Sequence[Part], numbers: Sequence[re.Match[str]], spoken: Language
) -> list[tuple[str, frozenset[str]]]:
    """Numbers and names in two lists of the same length, as in `web and front have 5 and 2`."""
    if len(parts) != len(numbers) or len({part.name for part in parts}) < 2:
        return []
    apart = parts[-1].end <= numbers[0].start() or numbers[-1].end() <= parts[0].start
    gaps = [text[one.end : two.start] for one, two in pairwise(parts)]
    gaps += [text[one.end() : two.start()] for one, two in pairwise(numbers)]
    if not apart or not all(_MARKS.fullmatch(spoken.parts.sub(" ", gap)) for gap in gaps):
        return []
    return [(number[0], frozenset({part.name})) for number, part in zip(numbers, parts, strict=True)]
