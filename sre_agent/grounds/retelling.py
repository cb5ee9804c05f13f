"""Whether a sentence says again what others said, and nothing else: in another language, in other words, or both.

A model retells what stands in a report. What it names, counts and dates has to be in the sentences that it retells,
and so has what these cannot show: that something is over or works, that it is not so, what the cause is, what is done.
The last is held by words, so only languages whose words are known can be told in.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cached_property
from typing import Final, Literal

from sre_agent.grounds.basis import AGAIN
from sre_agent.grounds.counts import backwards, other_side, shares, upside_down
from sre_agent.grounds.foreign import marked, plain, things
from sre_agent.grounds.languages import ENGLISH, Language, concepts, languages
from sre_agent.grounds.originals import WORD, Originals
from sre_agent.grounds.sense import Said, returns, unheld
from sre_agent.grounds.strangers import TECHNICAL
from sre_agent.grounds.tokens import Token, tokens

Fault = Literal["language", "length", "quotation", "name", "number", "roles", "sense", "ending", "subject", "bare"]
LONGER: Final = 2.0  # times as long as what is retold, and as many characters more:
ROOM: Final = 60
NONE_FREE: Final[frozenset[str]] = frozenset()
_REFERENCE: Final = re.compile(r"(?<!\s)\s*+[(\[](?:[ERSW]\d++(?:\s{0,3}[,;–-]\s{0,3})?)++[)\]]")
_GAP: Final = re.compile(r"[ \t\r\n]+")  # a space that does not break stays: it belongs to a number
_SPACES: Final = " \t\r\n\u00a0\u202f\u2009\u3000"
_ADDRESS: Final = re.compile(r"://|@|^www\.", re.I)
_QUOTED: Final = re.compile(r'"([^"]*)"')
_ZONE: Final = re.compile(
    r"\b(?:CES?T|MES?Z|WES?T|EES?T|[ECMP][SD]T|JST|KST|IST|BST|AE[SD]T|SGT|MSK)\b|(?:UTC|GMT) ?[+-] ?\d"
)


class Retelling:
    """One sentence of a model. `fault` says why it does not stand."""

    def __init__(self, text: str, spoken: Language) -> None:
        shown = "".join(char for char in text if char.isprintable() or char in _SPACES)
        self.text = _GAP.sub(" ", _REFERENCE.sub("", shown)).strip()
        self._spoken = spoken
        told = marked(self.text)
        self._quotes = _QUOTED.findall(told)
        self._rest = _QUOTED.sub(" ", told)
        self._plain = plain(self._rest, spoken)
        self._tokens = tokens(self._plain, free=NONE_FREE)

    @cached_property
    def _prose(self) -> str:
        """Without quotations and without what is checked as a name."""
        text = self._plain
        for token in sorted(self._tokens, key=lambda token: -len(token.text)):
            text = text.replace(token.text, " ")
        return text

    def fault(
        self, originals: Originals, *, names: Collection[str], titles: Collection[str], over: bool
    ) -> Fault | None:
        """Why it does not stand for these; None where it does.

        `names` are those that look like words, in lower case, `titles` what may be told by its own title alone. `over`:
        the incident has ended well.
        """
        if self._spoken.tag == ENGLISH and originals.say(self.text):
            return None
        if not (self._spoken.reads(self._nameless(names)) or self._repeats(originals)):
            return "language"
        if len(self.text) > LONGER * len(originals.whole) + ROOM:
            return "length"
        if not self._quotes_hold(originals):
            return "quotation"
        if self._unheld(originals) or self._other_names(originals, names):
            return "name"
        if originals.names and not (self._tokens or self._quotes or self._named(names) or self._nothing_of(originals)):
            return "bare"
        roles, counts = originals.basis.parts(names)
        text, spoken = self._plain, self._spoken
        if self._other_counts(originals) or counts.misplaced(text, spoken) or counts.mistaken(text, spoken):
            return "number"
        if roles.swapped(text, spoken, whole=True) or roles.blamed(text, spoken):
            return "roles"
        if not over and self._ends(originals):
            return "ending"
        if not self._polarity_holds(originals, names, over):
            return "sense"
        return "subject" if self._other_subjects(originals, titles) else None

    def _nameless(self, names: Collection[str]) -> str:
        """Its prose without names that look like words: they are of no language."""
        return WORD.sub(lambda found: " " if found[0].casefold() in names else found[0], self._prose)

    def _repeats(self, originals: Originals) -> bool:
        """Whether all its words are English ones that it retells: few of them tell no language."""
        words = {word.casefold() for word in WORD.findall(self._prose)}
        return self._spoken.tag == ENGLISH and self._prose.isascii() and words <= originals.words

    def _nothing_of(self, originals: Originals) -> bool:
        """Whether it says that there was nothing of what they say so of: such a sentence has no name."""
        if self._spoken.denies.search(self._prose) is None:
            return False
        found = {name for name, finds in concepts(self._spoken.tag).items() if finds.search(self._prose)}
        return bool(found) and all(originals.basis.denies(name) for name in found)

    def _quotes_hold(self, originals: Originals) -> bool:
        """Each word for word."""
        said = " ".join(originals.whole.casefold().split())
        quotes = [" ".join(quote.casefold().split()).strip(" .,…") for quote in self._quotes]
        return '"' not in self._rest and all(quote in said for quote in quotes)

    def _unheld(self, originals: Originals) -> bool:
        grown = [Token("name", name) for name in things(self._rest, self._spoken)]
        zones = [Token("name", zone) for zone in _ZONE.findall(self._plain)]
        addresses = [token for token in self._tokens if _ADDRESS.search(token.text)]  # a log may ask to go there
        held = all(originals.source.holds(token) for token in (*self._tokens, *grown, *zones))
        return not (held and all(originals.said.holds(token) for token in addresses))

    def _other_names(self, originals: Originals, names: Collection[str]) -> bool:
        """Names that look like words. Where words are not parted, Latin letters are hardly anything else."""
        named = self._named(names)
        if not self._spoken.spaced:
            named |= {word.casefold() for word in WORD.findall(self._prose)} - TECHNICAL
        return bool(named - originals.words)

    def _named(self, names: Collection[str]) -> set[str]:
        return {word.casefold() for word in WORD.findall(self._prose)} & set(names)

    def _other_counts(self, originals: Originals) -> bool:
        """Numbers in words, the whole in the place of its share, and units in the place of others."""
        known = languages()[ENGLISH].numbers
        for place, word in enumerate(self._spoken.numbers):
            told = self._spoken.finds(word.split("/")).search(self._prose) is not None
            shown = originals.source.holds(Token("number", str(place + 2))) or known[place] in originals.words
            if told and not shown:
                return True
        counted = {token.text for token in self._tokens if token.kind == "number"}
        if any(whole in counted and part not in counted for part, whole in originals.shares):
            return True
        turned = {(of, part) for part, of in shares(self._plain) - originals.shares}
        if upside_down(self._plain) or turned & originals.shares:
            return True
        lines = originals.basis.lines
        if other_side(self._plain, self._spoken, lines) or backwards(self._plain, lines):
            return True
        return originals.basis.measures.other(self._plain, self._spoken, whole=True)

    def _ends(self, originals: Originals) -> bool:
        """Whether it says, or quotes, that all is over, or is as before."""
        text = " ".join([self._prose, *self._quotes])
        if any(one.ends.search(text) is not None or one.calms(text) for one in (self._spoken, languages()[ENGLISH])):
            return True
        again = any(returns(part, self._spoken) for part in self._spoken.parts.split(self._prose) if part)
        return again and AGAIN.search(originals.own) is None

    def _polarity_holds(self, originals: Originals, names: Collection[str], over: bool) -> bool:
        thrives = self._spoken.thrives.search(self._prose) is not None
        anchored = over or bool(self._tokens or self._named(names))
        if thrives and not (originals.thrive and anchored):
            return False
        if not over and not Said(self.text, [self._spoken]).holds(originals.basis):
            return False
        denies = self._spoken.denies.search(self._prose) is not None
        if denies and not originals.denied and (self._spoken.fails.search(self._prose) or not originals.doubt):
            return False
        if self._spoken.empties.search(self._prose) is not None and not originals.denied:
            return False
        if originals.hedge and self._spoken.hedges.search(self._rest) is None:
            return False
        denied = self._spoken.doubts.search(self._plain) is not None or Token("number", "0") in self._tokens
        return denied or not originals.deny

    def _other_subjects(self, originals: Originals, titles: Collection[str]) -> bool:
        if unheld(self._prose, self._spoken, originals.concepts, originals.concepts):
            return True
        if Said(self.text, [self._spoken]).demands(originals.basis):
            return True
        said, known = self._prose.casefold(), originals.whole.casefold()
        return any(title.casefold() in said and title.casefold() not in known for title in titles)
