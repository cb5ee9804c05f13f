"""Whether the sense of a sentence is what its sources say: what works, is over, is not so, who, why, what to do.

Names, numbers and times are held against sources as they stand. What this holds is said with plain words of a known
language, clause by clause. It is the same for whoever speaks: an account, an answer in chat, a summary, a proposal.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final, Literal

from sre_agent.grounds.basis import AGAIN, Basis, Clause
from sre_agent.grounds.counts import backwards, other_side, upside_down
from sre_agent.grounds.foreign import marked, plain
from sre_agent.grounds.languages import ENGLISH, Language, concepts, languages
from sre_agent.grounds.strangers import orders, strangers
from sre_agent.grounds.tokens import tokens

Sense = Literal["ending", "sense", "subject", "roles", "number"]
STATES: Final = ("crash", "exhaustion", "restart", "delete", "undo", "change")  # what may be said not to be so
DEMANDS: Final = frozenset({"plea", "advice", "benefit", "silence"})  # only words of ours let somebody say these
ADDRESS: Final = frozenset({"address"})  # an answer may speak to who asked
NEAR: Final = 4  # words between a negation and what it denies
NEAR_LETTERS: Final = 6  # and letters, where words are not parted
_QUOTED: Final = re.compile(r'"[^"]*"')
_ZERO: Final = r"(?<![\d.,])0(?![\d.,])"
_APART: Final = re.compile(r"(?:without|ohne|sans|sin|senza|sem|zonder)\Z", re.I)
_SHARE: Final = re.compile(
    r"(?<!\d)(\d++)\s{0,3}(?:out of|of|von|de|di|van|sur|su|/)"
    r"\s{0,3}(?:the |den |las |los |les |le |i |as |os )?(\d+)"
)
_EAST_SHARE: Final = re.compile(
    r"(?<!\d)(\d++)\s{0,3}(?:個|个|個体|台|件|개)?\s{0,3}(?:中の?|中有|のうち|중)\s{0,3}(\d+)"
)  # the whole comes first
_COUNT: Final = re.compile(r"(?<![\w.:/-])(\d+)\s*[^\W\d]")


class Said:
    """One sentence, read in the languages that it may be in."""

    def __init__(self, text: str, spoken: Collection[Language]) -> None:
        self._spoken = spoken or (languages()[ENGLISH],)
        self._rest = _QUOTED.sub(" ", marked(text))
        self._words = {word.casefold() for word in re.findall(r"(?<![\w/.-])[A-Za-z]+(?![\w/-])", self._rest)}

    def demands(self, basis: Basis, *, own: Basis | None = None) -> bool:
        """Whether it names a stranger or has somebody do something."""
        return strangers(self._rest, basis, self._spoken, own) or orders(self._rest, basis)

    def holds(self, basis: Basis) -> bool:
        """Whether what it says to work, or not to be so, is said by a statement about the same."""
        read = [_Read(plain(self._rest, spoken), spoken, basis) for spoken in self._spoken]
        return all(clause.holds() for one in read for clause in one.clauses())

    def fault(
        self, basis: Basis, *, own: Basis | None = None, others: Collection[str] = (), over: bool = False
    ) -> Sense | None:
        """Why it does not stand on this basis; None where it does.

        `own` is what a person named, which may be said back as a name. `others` are names that look like words and
        stand only where the basis has them. `over`: all may be said to be well.
        """
        if self.demands(basis, own=own) or self._words & set(others) - basis.known - (
            own.known if own else frozenset()
        ):
            return "subject"
        for spoken in self._spoken:
            read = _Read(plain(self._rest, spoken), spoken, basis)
            held, stated = basis.speaks_of(spoken.tag), basis.speaks_of(spoken.tag, own_words=True)
            if unheld(read.prose, spoken, held, stated, ADDRESS):
                return "subject"
            if not over and read.ends():
                return "ending"
            if not over and any(not clause.holds() for clause in read.clauses()):
                return "sense"
            if parted := read.parted(others):
                return parted
        return None


class _Read:
    """The sentence in one language."""

    def __init__(self, text: str, spoken: Language, basis: Basis) -> None:
        self._text, self._spoken, self._basis = text, spoken, basis
        self.prose = without_tokens(text)
        self._names = _names(text, basis)

    def ends(self) -> bool:
        """Whether it says that something is over, and no statement does."""
        parts = [part for part in self._spoken.parts.split(self._text) if part]
        about = _about(self._basis, self._names)
        if any(map(self._ends, parts)) and not any(clause.over for clause in about):
            return True
        again = any(returns(part, self._spoken) for part in parts)
        return again and not any(clause.over or AGAIN.search(clause.whole) for clause in about)

    def _ends(self, text: str) -> bool:
        for one in (self._spoken, languages()[ENGLISH]):
            lost = one.denies.search(text) is not None and one.fits.search(text) is not None  # as in `no longer valid`
            if any(not (lost and one.denies.search(found[0])) for found in one.ends.finditer(text)):
                return True
            if one.calms(text) and one.denies.search(text) is None:
                return True
        return False

    def parted(self, others: Collection[str]) -> Literal["roles", "number", None]:
        """Whether somebody does what another does, or has the number of another."""
        roles, counts = self._basis.parts(others)
        if roles.swapped(self._text, self._spoken, whole=False) or roles.blamed(self._text, self._spoken):
            return "roles"
        lines = self._basis.lines
        if upside_down(self._text) or other_side(self._text, self._spoken, lines) or backwards(self._text, lines):
            return "number"
        other = self._basis.measures.other(self._text, self._spoken, whole=False)
        other = other or counts.misplaced(self._text, self._spoken) or counts.mistaken(self._text, self._spoken)
        return "number" if other else None

    def clauses(self) -> Iterator[_Part]:
        for text in self._spoken.parts.split(self._text):
            if text and text.strip():
                yield _Part(text, self._spoken, self._basis, _names(text, self._basis) or self._names)


class _Part:
    """A clause of the sentence."""

    def __init__(self, text: str, spoken: Language, basis: Basis, names: frozenset[str]) -> None:
        self._text, self._spoken, self._basis, self._names = text, spoken, basis, names
        self._denies = re.compile(spoken.denies.pattern, re.I)
        self._doubts = re.compile(f"{spoken.doubts.pattern}|{_ZERO}", re.I)

    def holds(self) -> bool:
        denied = False
        for well in self._spoken.thrives.finditer(self._text):
            if self._negated(well, self._doubts):
                denied = True
            elif not self._thrives(well):
                return False
        for state in STATES:
            for found in concepts(self._spoken.tag)[state].finditer(self._text):
                if self._negated(found, self._denies):
                    denied = True
                    if not self._basis.denies(state):
                        return False
        for bad in self._spoken.fails.finditer(self._text):
            long = self._spoken.spaced or len(bad[0]) > 1
            if long and self._close(bad) and not self._basis.spares:
                return False
        if (
            any(self._close(trouble) for trouble in self._spoken.troubles.finditer(self._text))
            and not self._basis.spares
        ):
            return False
        denied = denied or self._denies.search(self._text) is not None
        return not denied or self._basis.doubt

    def _thrives(self, well: re.Match[str]) -> bool:
        """Whether a statement about the same says so, and none that it does not."""
        shares = _shares(self._text)
        if any(int(part) < int(of) for part, of in shares):
            return True  # its numbers are held against the sources
        if any(f"{part} of {of}" not in self._basis.said for part, of in shares):
            return False
        counted = [] if shares else [found[1] for found in _COUNT.finditer(self._text[: well.start()])]
        about = _about(self._basis, self._names)
        if counted and any(clause.works and all(number in clause.text for number in counted) for clause in about):
            return True
        good = [clause for clause in about if clause.well]
        if not any(clause.ill for clause in about):
            return bool(good)
        told = {name for name, finds in concepts(self._spoken.tag).items() if finds.search(self._text)}
        return any(clause.concepts & told for clause in good)

    def _negated(self, found: re.Match[str], by: re.Pattern[str]) -> bool:
        if not self._spoken.spaced:
            return by.search(self._text) is not None
        for other in by.finditer(self._text):
            if other.end() <= found.start():
                if len(self._text[other.end() : found.start()].split()) <= NEAR:
                    return True
            elif not (_APART.match(other[0]) or self._text[found.end() : other.start()].strip()):
                return True
        return False

    def _close(self, found: re.Match[str]) -> bool:
        """Whether what is bad is denied."""
        if self._spoken.spaced:
            return self._negated(found, self._denies)
        around = (max(0, found.start() - NEAR_LETTERS), found.end() + NEAR_LETTERS + 3)
        return any(
            other.span() != found.span() and not (found.start() <= other.start() < found.end())
            for other in self._denies.finditer(self._text, *around)
        )


def _shares(text: str) -> list[tuple[str, str]]:
    """What it counts of how many."""
    return [*_SHARE.findall(text), *((part, of) for of, part in _EAST_SHARE.findall(text))]


def unheld(
    prose: str, spoken: Language, held: Collection[str], stated: Collection[str], free: Collection[str] = ()
) -> bool:
    """Whether it speaks of a cause, an act, a person or a demand that is not `held`, or not `stated` in words of ours
    where these alone count. `free` are concepts of which anybody may speak."""
    found = concepts(spoken.tag)
    for finds in found.values():
        for match in finds.finditer(prose):
            meant = {name for name, other in found.items() if other.search(match[0])} - set(free)
            if meant and not (meant - DEMANDS) & set(held) and not meant & set(stated):
                return True
    return False


def without_tokens(text: str) -> str:
    """Without what is checked as a name, a number or a time."""
    for token in sorted(tokens(text, free=frozenset()), key=lambda token: -len(token.text)):
        text = text.replace(token.text, " ")
    return text


def returns(clause: str, spoken: Language) -> bool:
    """Whether it says that something is as before, and nothing bad is."""
    if spoken.returns.search(clause) is None or spoken.doubts.search(clause) is not None:
        return False
    return not any(concepts(spoken.tag)[state].search(clause) for state in STATES)


def _names(text: str, basis: Basis) -> frozenset[str]:
    """What of the sources' subjects it names, and what else looks like a name, in lower case."""
    words = {word.casefold() for word in re.findall(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?", text)}
    named = {token.text.rpartition("/")[2].casefold() for token in tokens(text) if token.kind == "name"}
    return frozenset((words & basis.names) | named)


def _about(basis: Basis, names: Collection[str]) -> list[Clause]:
    return [clause for clause in basis.clauses if not names or clause.names(names)]
