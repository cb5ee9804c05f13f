"""Sentences that are retold: what they name and count, and what their words let a retelling say.

They are the product's own English. What they quote is somebody else's, and lets nobody say anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from sre_agent.grounds.basis import Basis
from sre_agent.grounds.foreign import marked
from sre_agent.grounds.languages import ENGLISH, concepts, languages
from sre_agent.grounds.tokens import Source, sentences, tokens

WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_ASIDE: Final = re.compile(r"\([^)]*\)")
_SHARE: Final = re.compile(r"(?<![\w.:/-])(\d+) of (\d+)(?![\w:/-]|\.\d)")
_NONE_OF: Final = re.compile(r"(?<![\w.:/-])0 of \d")


class Originals:
    """The sentences that are retold, in English. What they quote is somebody else's, and licenses no words."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = [marked(text) for text in texts]
        self.whole = "\n".join(self.texts)
        self.source = Source(self.whole)
        self.said = Source("\n".join(map(_own, self.texts)))
        self._english = languages()[ENGLISH]

    @cached_property
    def names(self) -> bool:
        """Whether there is a name, number or time in them."""
        return any(tokens(text) for text in self.texts)

    @cached_property
    def basis(self) -> Basis:
        return Basis(self.texts)

    def say(self, text: str) -> bool:
        """Whether a text is one of them, or whole sentences of their own, word for word."""
        known = {_bare(one) for whole in self.texts for one in (whole, *sentences(_own(whole)))}
        return _bare(text) in known or all(_bare(one) in known for one in sentences(text))

    @property
    def own(self) -> str:
        """What they say themselves."""
        return self.said.text

    @cached_property
    def words(self) -> set[str]:
        return {word.casefold() for word in WORD.findall(self.whole)}

    @cached_property
    def concepts(self) -> set[str]:
        return {name for name, finds in concepts(ENGLISH).items() if finds.search(self.own)}

    @property
    def thrive(self) -> bool:
        """Whether one of them says that something works."""
        return any(clause.works for clause in self.basis.clauses)

    @property
    def doubt(self) -> bool:
        """Whether one of them says that something is not so, or what comes down to it."""
        return self._english.doubts.search(self.own) is not None

    @property
    def denied(self) -> bool:
        """Whether one of them has a negation, or counts none."""
        return self._denied(self.own)

    @property
    def deny(self) -> bool:
        """Whether one of them says nothing but that something is not so."""
        parts = [sentences(_ASIDE.sub(" ", _own(text))) for text in self.texts]
        return any(said and all(self._denied(part) for part in said) for said in parts)

    @property
    def hedge(self) -> bool:
        """Whether one of them is not certain."""
        return any(self._english.hedges.search(_own(text)) for text in self.texts)

    @cached_property
    def shares(self) -> set[tuple[str, str]]:
        """What is counted of how many."""
        return set(_SHARE.findall(self.whole))

    def _denied(self, text: str) -> bool:
        return self._english.denies.search(text) is not None or _NONE_OF.search(text) is not None


def _own(text: str) -> str:
    """Without what stands between the first quotation mark and the last: what is quoted may hold such marks itself."""
    before, mark, rest = text.partition('"')
    return f"{before} {rest.rpartition(mark)[2]}" if mark else text


def _bare(text: str) -> str:
    return " ".join(marked(text).casefold().split()).rstrip(" .;")
