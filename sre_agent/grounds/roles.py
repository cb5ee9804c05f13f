"""Who does it to whom: two names that a source joins stay in its order, whatever the language.

A grammar of ten languages is not needed for that: who retells `front needs web` names front first, be it in the passive
voice of the source. Names that are only listed, or are one within the other, have no order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from functools import cache
from itertools import combinations, groupby
from typing import Final, NamedTuple

from sre_agent.grounds.cast import Cast, Part
from sre_agent.grounds.counts import shares
from sre_agent.grounds.languages import BETWEEN, ENGLISH, Language, languages

_AND: Final = "and or as well sowie und oder ou o of e y et en & と や 和 与 與 及 或 와 과 및 나"
_KIND: Final = (
    "pod pods container containers deployment deployments service services node nodes job jobs replicas statefulset"
    " daemonset namespace the a an its their der die das den dem le la les el los las il lo gli i os as de het"
)
_LISTED: Final = frozenset(_AND.split()) | frozenset(_KIND.split())
_WITHIN: Final = frozenset(("of", "in", "on", "s", "owner", "owned"))  # one is a part of the other
_MARKS: Final = re.compile(BETWEEN)
_FIGURES: Final = re.compile(r"\d+")
_LETTERS: Final = re.compile(r"[^\W\d_]+|&")
_BY: Final = re.compile(r"\b(?:by|from|because|due|since|through|owing|after|as)\b", re.I)
MOST_TURNS: Final = 24  # of one pair in a sentence; nobody who tells what happened has more


class _Join(NamedTuple):
    """A sentence or a clause of a source with those that it names."""

    text: str
    parts: list[Part]


class Roles:
    """The order of names in sentences of sources, in English."""

    def __init__(self, lines: Sequence[str], cast: Cast) -> None:
        self._cast = cast
        english = languages()[ENGLISH]
        clauses = [part for line in lines for part in ([line] if english.reasoned.search(line) else _MARKS.split(line))]
        self._whole = [_Join(line, parts) for line in lines if (parts := cast.named(line))]
        self._joins = [_Join(clause, parts) for clause in clauses if (parts := cast.named(clause))]

    def blamed(self, text: str, spoken: Language) -> bool:
        """Whether a clause says something bad of somebody, where the sources say such things of others only."""
        for clause in spoken.parts.split(text):
            names = {part.name for part in self._cast.named(clause)} if _bad(clause, spoken) else set()
            if names and self._spared(names, errs=spoken.troubles.search(clause) is not None):
                return True
        return False

    def _spared(self, names: Collection[str], *, errs: bool) -> bool:
        """Whether what is said of these is nothing bad, or is said of others beside them. `errs`: errors are bad."""
        about = [join for join in self._whole if any(part.name in names for part in join.parts)]
        return bool(about) and not any(self._harmed(join.text, names, errs=errs) for join in about)

    def _harmed(self, text: str, names: Collection[str], *, errs: bool) -> bool:
        english = languages()[ENGLISH]
        for part in english.parts.split(text):
            short = any(int(some) < int(of) for some, of in shares(part))
            if short or english.doubts.search(part) or (errs and english.troubles.search(part)):
                who = {one.name for one in self._cast.named(part)}
                if not who or who & set(names):
                    return True
        return False

    def swapped(self, text: str, spoken: Language, *, whole: bool) -> bool:
        """Whether a sentence has two names in another order than the sources that join them.

        `whole`: these are all its sources. Its clauses together tell no more turns than they do, and none joins two
        that no source joins.
        """
        parts = self._cast.named(text)
        if any(self._turned(text, pair, parts, whole=whole) for pair in _pairs(parts)):
            return True
        for clause in spoken.linked.split(text) if spoken.reasoned.search(text) is None else [text]:
            told = self._cast.named(clause)
            for pair in _pairs(told):
                known = self._directed(pair)
                if _listed(clause, told, pair) or not (known or (whole and self._strange(pair))):
                    continue
                if not self._same(clause, told, pair, known, spoken):
                    return True
        return False

    def _turned(self, text: str, pair: Collection[str], parts: list[Part], *, whole: bool) -> bool:
        """Whether the whole sentence turns more often between the two than its sources do one after another."""
        if not whole or not self._directed(pair) or _listed(text, parts, pair):
            return False
        return not _made_of(_turns(parts, pair), [turns for join in self._joins if (turns := _turns(join.parts, pair))])

    def _directed(self, pair: Collection[str]) -> list[_Join]:
        """The sentences that have one of the two do, need or be something beside the other."""
        return [
            join
            for join in self._joins
            if "|" not in join.text and len(_turns(join.parts, pair)) > 1 and _directed(join.text, join.parts, pair)
        ]

    def _strange(self, pair: Sequence[str]) -> bool:
        """Whether no sentence joins the two at all, and neither is named after the other."""
        named = any(one.startswith(f"{two}-") for one, two in (pair, pair[::-1]))
        return not named and not any(len(_turns(join.parts, pair)) > 1 for join in self._whole)

    def _same(self, text: str, told: list[Part], pair: Collection[str], known: list[_Join], spoken: Language) -> bool:
        if _bad(text, spoken):  # what one refuses to another is not what one asks of it
            known = [join for join in known if _bad(join.text, languages()[ENGLISH])] or known
        turns = _turns(told, pair)
        fitting = [join for join in known if _within(turns, _turns(join.parts, pair))]
        gap = " ".join(_gaps(text, told, pair))
        passive = spoken.turned.search(gap) is not None
        return any(not passive or _BY.search(" ".join(_gaps(join.text, join.parts, pair))) for join in fitting)


def _bad(text: str, spoken: Language) -> bool:
    """Whether it says something bad, and denies nothing."""
    prose = _FIGURES.sub(" ", text)
    return spoken.denies.search(prose) is None and any(
        spoken.spaced or len(found[0]) > 1 for found in spoken.fails.finditer(prose)
    )


def _pairs(parts: Sequence[Part]) -> list[tuple[str, str]]:
    return list(combinations(dict.fromkeys(part.name for part in parts), 2))


def _turns(parts: Sequence[Part], pair: Collection[str]) -> list[str]:
    """How the two follow each other."""
    return [name for name, _ in groupby(part.name for part in parts if part.name in pair)]


def _within(told: Sequence[str], known: Sequence[str]) -> bool:
    """Whether all turns come in the same order."""
    rest = iter(known)
    return all(name in rest for name in told)


def _made_of(told: Sequence[str], known: Sequence[Sequence[str]]) -> bool:
    """Whether the turns are those of sources one after another, each used once.

    Two names alternate, so all that counts of a source is with whom it begins and for how long: what is tried stays
    little, however many sources there are.
    """
    pieces = Counter((turns[0], len(turns)) for turns in known)
    kinds = sorted(pieces)
    if len(told) > min(MOST_TURNS, sum(map(len, known))):
        return False

    @cache
    def covered(place: int, left: tuple[int, ...]) -> bool:
        if place >= len(told):
            return True
        for number, (first, length) in enumerate(kinds):
            reach = length - (first != told[place])
            if left[number] and reach:
                rest = (*left[:number], left[number] - 1, *left[number + 1 :])
                if covered(place + reach, rest):
                    return True
        return False

    return covered(0, tuple(pieces[kind] for kind in kinds))


def _gaps(text: str, parts: Sequence[Part], pair: Collection[str]) -> list[str]:
    """What stands between the two wherever one follows the other, without whoever else is named there."""
    found = []
    last: Part | None = None
    for part in parts:
        if part.name not in pair:
            continue
        if last is not None and last.name != part.name:
            gap = text[last.end : part.start]
            for other in parts:
                if last.end <= other.start and other.end <= part.start:
                    gap = gap.replace(text[other.start : other.end], " ")
            found.append(gap)
        last = part
    return found


def _listed(text: str, parts: Sequence[Part], pair: Collection[str]) -> bool:
    """Whether the two stand in a list, one beside the other."""
    return all(not _words(gap) - _LISTED for gap in _gaps(text, parts, pair))


def _directed(text: str, parts: Sequence[Part], pair: Collection[str]) -> bool:
    return any(_words(gap) - _LISTED - _WITHIN for gap in _gaps(text, parts, pair))


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _LETTERS.findall(text)}
