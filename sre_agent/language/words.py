"""The words of a text with what everybody takes them for: speech, a kind of things, a quotation, or a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sre_agent.language.lexicon import cloud_kinds, kinds, speech
from sre_agent.language.tokens import tokens, words

_OWNS: Final = re.compile(r"['’]s?$")


@dataclass(frozen=True)
class PlainWord:
    """`in_quotes` is a text in quotes; `kind` is None for no kind and empty for any workload. `ends`: a clause ends.

    `name` says that something is called so, and that the word stands for that.
    """

    text: str
    in_quotes: bool = False
    ends: bool = False
    name: bool = False

    @property
    def word(self) -> str:
        """In lower case; empty of a name, which has no other meaning."""
        return "" if self.name else self.text.lower()

    @property
    def kind(self) -> str | None:
        return None if self.in_quotes else kinds().get(self.word)

    @property
    def cloud(self) -> str:
        """The kind of AWS resource that the word may speak of."""
        return "" if self.in_quotes else cloud_kinds().get(self.word, "")

    @property
    def plural(self) -> bool:
        return self.word.endswith("s") and self.word[:-1] in kinds()

    @property
    def is_vocabulary(self) -> bool:
        """Whether speech or the field knows the word: then it is no name."""
        return not self.name and (self.word in speech() or self.kind is not None or bool(self.cloud))


def plain_words(text: str) -> Iterator[PlainWord]:
    """The words of a text in their order, a quotation of one word as one, and the words of a longer one."""
    at = 0
    for token in tokens(text):
        if token.kind == "quote":
            yield from _split_words(text[at : token.start])
            one = len(token.text.split()) == 1
            yield from [PlainWord(token.text.strip(), in_quotes=True)] if one else _split_words(token.text)
            at = token.end
    yield from _split_words(text[at:])


def _split_words(text: str) -> Iterator[PlainWord]:
    for word, ends in words(text):
        yield PlainWord(_OWNS.sub("", word), ends=ends)
