"""The words of a question with every meaning that the table has for them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sre_agent.chat import words as w
from sre_agent.chat.attributes import ObjectAttribute, by_value, by_word
from sre_agent.chat.deeds import deed_words
from sre_agent.chat.states import STATES, StateWord, state
from sre_agent.language.lexicon import bases_of_past, counts, speech
from sre_agent.language.words import PlainWord


@dataclass(frozen=True)
class Word(PlainWord):
    """With what the table of questions has for it. `original` is what a corrected word was; an `idle` one is no name,
    although no table knows it."""

    original: str = ""
    idle: bool = False

    @property
    def kind(self) -> str | None:
        return None if self.in_quotes else w.KINDS.get(self.word)

    @property
    def plural(self) -> bool:
        return self.word.endswith("s") and self.word[:-1] in w.KINDS

    @property
    def is_of_one(self) -> bool:
        """Whether it is a kind before which a name may stand behind: `pod`, `deployment`."""
        return bool(self.kind) and not self.plural

    @property
    def state(self) -> StateWord | None:
        return None if self.in_quotes else state(self.word)

    @property
    def column(self) -> str:
        """The attribute that it speaks of, of several the first."""
        return next((one.name for one in self.attributes), "")

    @property
    def attributes(self) -> tuple[ObjectAttribute, ...]:
        return () if self.in_quotes else by_word().get(self.word.removesuffix("-wise"), ())

    @property
    def cues(self) -> frozenset[str]:
        return frozenset() if self.in_quotes else cue_table().get(self.word, frozenset())

    @property
    def is_vocabulary(self) -> bool:
        """Whether the table or plain speech knows the word: then it is no name."""
        if self.name:
            return False
        if self.idle or _is_known(self.word) or self.state is not None:
            return True
        return not self.in_quotes and any(_is_known(base) for base in bases_of_past(self.word))

    @property
    def twofold(self) -> bool:
        """Whether it stands for a name and is a word of the table as well."""
        return self.name and Word(self.text).is_vocabulary


def _is_known(word: str) -> bool:
    bare = word.removesuffix("-wise")  # `image-wise`
    return (
        word in vocabulary()
        or (bare != word and _is_known(bare))
        or word in speech()
        or word in w.FILLERS
        or word in w.COMMON
    )


@cache
def cue_table() -> dict[str, frozenset[str]]:
    """The cues of each word."""
    words = {word for several in w.cue_words().values() for word in several}
    return {word: frozenset(cue for cue, several in w.cue_words().items() if word in several) for word in words}


@cache
def vocabulary() -> frozenset[str]:
    """Every word and phrase that the table knows."""
    known_words = {
        *w.KINDS,
        *STATES,
        *by_word(),
        *by_value(),
        *cue_table(),
        *w.LEVELS,
        *w.ORDERS,
        *w.COMPARATIVES,
        *w.MORE,
        *w.NEGATIONS,
        *w.REFERENCES,
        *w.LACKING,
        *w.MEASURES,
    }
    known_words |= {*deed_words(), *w.ORDINALS}
    known_words |= {*w.VERBS, *w.VERB_WORDS, *w.TOPIC_NOUNS, *w.LIGHT, *w.UNHEALTHY, *w.BEGINS_TEXT, *counts()}
    return frozenset(known_words)


@cache
def of_the_cloud() -> frozenset[str]:
    """Words for what runs in the cloud: they are kinds only beside a name, and may be names as any other word."""
    return frozenset({*w.CLOUD_KINDS, *w.CLOUD_PLURALS})
