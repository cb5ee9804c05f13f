"""Which words a text holds, told once for all that is looked for in it.

A log says the same words again and again. So they are looked at once each: what is looked for is searched in a text's
different words, and not at all in those that were seen to hold nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

TELLING: Final = 3  # by so many a word is told from most others
_LEAST: Final = 2  # where a word that is looked for has no more
FEW: Final = 8  # so few are looked for in the text itself
CACHE_SIZE: Final = 16_384
_FOLDED: Final = (
    bytes(ord(chr(byte).lower()) if chr(byte).isalnum() or byte == 95 else 32 for byte in range(128)) + b" " * 128
)


class SearchText:
    """A text that rules are tried on. Whatever is no ASCII letter, digit or `_` stands between words."""

    __slots__ = ("_words", "casefolded", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.casefolded = text.casefold()
        self._words: set[bytes] | None = None

    @property
    def words(self) -> set[bytes]:
        if self._words is None:
            self._words = set(self.casefolded.encode("utf-8", "replace").translate(_FOLDED).split())
        return self._words


def beginning(word: str) -> bytes:
    """The first letters of a word up to its first sign that is none; empty where these are too few to tell it."""
    first = word[:TELLING].encode().translate(_FOLDED).split(b" ")[0]
    return first if len(first) >= _LEAST or len(first) < len(word[:TELLING]) else b""


def _longest_part(anchor: str) -> str:
    """What of it is within a single word; empty where that cannot be told."""
    parts = anchor.encode().translate(_FOLDED).split() if anchor.isascii() else []
    return max(parts, key=len, default=b"").decode("ascii")


class Anchors:
    """What is looked for in texts: folded words and signs that stand anywhere, and with what words begin."""

    def __init__(self, anywhere: Iterable[str], begins: Iterable[bytes] = ()) -> None:
        self.anywhere = tuple(dict.fromkeys(anywhere))
        self.begins = frozenset(begins)
        self._direct: list[str] = []
        self._parts: dict[str, list[str]] = {}  # a part that stands within a single word, and what has it
        for anchor in self.anywhere:
            part = _longest_part(anchor) if len(self.anywhere) > FEW else ""
            if len(part) >= TELLING or (part and part == anchor):
                self._parts.setdefault(part, []).append(anchor)
            else:
                self._direct.append(anchor)
        self._any = re.compile(_any_of(list(self._parts))) if self._parts else None
        self._nothing: set[bytes] = set()  # words that hold and begin with nothing of it

    def search(self, search_text: SearchText) -> tuple[list[str], set[bytes]]:
        """What of it is in the folded text, and with what of it words begin."""
        parts: list[str] = []
        if self._parts:
            joined = b" ".join(search_text.words).decode("ascii")
            parts = [part for part in self._parts if part in joined]
        likely = [*self._direct, *(anchor for part in parts for anchor in self._parts[part])]
        return [anchor for anchor in likely if anchor in search_text.casefolded], self._first(search_text.words)

    def nothing_in(self, search_text: SearchText) -> bool:
        """Whether nothing of it is in a short text, told fast where most of its words were seen before."""
        fresh = search_text.words - self._nothing
        if fresh:
            if self._first(fresh) or (self._any and self._any.search(b" ".join(fresh).decode("ascii"))):
                return False
            if len(self._nothing) >= CACHE_SIZE:
                self._nothing.clear()
            self._nothing |= fresh
        casefolded_text = search_text.casefolded
        return not any([anchor in casefolded_text for anchor in self._direct])  # noqa: C419 - no generator for each text

    def _first(self, words: set[bytes]) -> set[bytes]:
        if not self.begins:
            return set()
        return ({word[:TELLING] for word in words} | {word[:_LEAST] for word in words}) & self.begins


def _any_of(words: list[str]) -> str:
    """A pattern for any of the words, in which those that begin alike share their beginning."""
    if "" in words:
        return ""
    by_letter: dict[str, list[str]] = {}
    for word in words:
        by_letter.setdefault(word[0], []).append(word[1:])
    branches = [re.escape(letter) + _any_of(rest) for letter, rest in sorted(by_letter.items())]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"
