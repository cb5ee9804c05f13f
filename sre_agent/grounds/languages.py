"""Languages as data: how each is told from the others, and the words by which a retold sentence is held to its sense.

Names, numbers and times can be held against sources in any language. That something is over, that it is not so, or
that it was the certificate is said with plain words, and these have to be known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, cached_property
from importlib import resources
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

ENGLISH: Final = "en"
COMPOUND: Final = 8  # letters from which a word is found within another, where a language writes words together
_WORD: Final = re.compile(r"[^\W\d_]+")
BETWEEN: Final = r"[;,:.!?](?=\s|$)|[|、，；。：！？—]"  # two clauses
_END: Final = r"(?=\s*(?:\Z|[.,;:!?)|]))"  # of a clause
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
_LETTERS: Final = re.compile(r"[\u00aa\u00b5\u00ba\u00c0-\u017f\u03bc]")
_EASTERN: Final = re.compile(r"[\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LISTS: Final = (  # fields of words
    *("usual", "prose", "numbers", "joins", "reasons", "has", "negations", "adverse", "nothing"),
    *("over", "trouble", "gone", "again", "well", "fit", "unsure"),
)
_FEWEST: Final = 2  # words by which a language can be told


class Language(BaseModel):
    """One entry of the data, whose head says what each field is."""

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    tag: str
    name: str
    usual: tuple[str, ...] = ()
    comma: bool = False
    script: str = ""
    spaced: bool = True
    compounds: bool = False
    prose: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    passive: str = ""
    has: tuple[str, ...] = ()
    negations: tuple[str, ...] = Field(alias="no")
    adverse: tuple[str, ...] = Field(alias="not")
    nothing: tuple[str, ...]
    over: tuple[str, ...]
    trouble: tuple[str, ...]
    gone: tuple[str, ...]
    again: tuple[str, ...]
    well: tuple[str, ...]
    fit: tuple[str, ...]
    unsure: tuple[str, ...]

    @field_validator(*_LISTS, mode="before")
    @classmethod
    def _listed(cls, text: str) -> tuple[str, ...]:
        return tuple(word.strip() for word in text.split(",") if word.strip())

    @cached_property
    def abbreviates(self) -> re.Pattern[str]:
        """Words that look like names and are this language's own."""
        return self.finds(self.prose)

    @cached_property
    def denies(self) -> re.Pattern[str]:
        return self.finds(self.negations)

    @cached_property
    def empties(self) -> re.Pattern[str]:
        return self.finds(self.nothing)

    @cached_property
    def doubts(self) -> re.Pattern[str]:
        """A negation, or what comes down to one."""
        return self.finds((*self.negations, *self.adverse))

    @cached_property
    def fails(self) -> re.Pattern[str]:
        """What comes down to a negation and is none."""
        return self.finds(self.adverse)

    @cached_property
    def ends(self) -> re.Pattern[str]:
        return self.finds(self.over)

    @cached_property
    def troubles(self) -> re.Pattern[str]:
        """What is over when it is gone."""
        return self.finds(self.trouble)

    @cached_property
    def _goes(self) -> re.Pattern[str]:
        return self.finds(self.gone)

    def calms(self, text: str) -> bool:
        """Whether a clause of the text says that what was wrong is gone."""
        clauses = [clause for clause in self.parts.split(text) if clause]
        return any(self.troubles.search(clause) and self._goes.search(clause) for clause in clauses)

    @cached_property
    def returns(self) -> re.Pattern[str]:
        """That something is as it was before."""
        return self.finds(self.again)

    @cached_property
    def thrives(self) -> re.Pattern[str]:
        return self.finds(self.well)

    @cached_property
    def fits(self) -> re.Pattern[str]:
        return self.finds(self.fit)

    @cached_property
    def hedges(self) -> re.Pattern[str]:
        return self.finds(self.unsure)

    @cached_property
    def parts(self) -> re.Pattern[str]:
        """What stands between two clauses."""
        return re.compile(f"{BETWEEN}|{self.finds(self.joins).pattern}", re.I)

    @cached_property
    def linked(self) -> re.Pattern[str]:
        """What stands between two clauses of which none is the reason of the other."""
        beside = [word for word in self.joins if word not in self.reasons]
        return re.compile(f"{BETWEEN}|{self.finds(beside).pattern}", re.I)

    @cached_property
    def reasoned(self) -> re.Pattern[str]:
        """That a clause is the reason of another."""
        return self.finds(self.reasons)

    @cached_property
    def acted(self) -> re.Pattern[str]:
        """What stands between who did something and what was done."""
        return self.finds(self.has)

    @cached_property
    def turned(self) -> re.Pattern[str]:
        """Between two names: the second does it to the first."""
        return re.compile(self.passive or r"(?!)", re.I)

    def _letter(self, char: str) -> bool:
        return _LETTERS.match(char) is not None or (self.script != "" and _EASTERN.match(char) is not None)

    def finds(self, words: Iterable[str]) -> re.Pattern[str]:
        """What finds any of these words, in any case."""
        return re.compile("|".join(map(self._found, words)) or r"(?!)", re.I)

    def _found(self, word: str) -> str:
        if not self.spaced:
            stem, _, after = word.partition("^")
            return f"{re.escape(stem)}(?!{re.escape(after)})" if after else re.escape(stem)
        stem = re.escape(word.rstrip("*$")).replace("_", r"\w+")
        within = self.compounds and len(word.rstrip("*$")) >= COMPOUND
        end = "" if word.endswith("*") or within else r"(?!\w)"
        return ("" if within else r"(?<!\w)") + stem + end + (_END if word.endswith("$") else "")

    def reads(self, text: str) -> bool:
        """Whether a text looks like this language; a single word may be of any. Letters of other scripts may not be in
        it: some look like Latin ones, and hide a word from whoever searches for it."""
        if any(char.isalpha() and not char.isascii() and not self._letter(char) for char in text):
            return False
        if self.script:
            return re.search(self.script, text) is not None and (self.tag != "zh" or language_of(text) == "zh")
        if re.search("|".join(one.script for one in languages().values() if one.script), text):
            return False
        words = [word.casefold() for word in _WORD.findall(text)]
        known = any(word in self.usual for word in words) or self.doubts.search(text) is not None
        return known or len(words) < _FEWEST


@cache
def languages() -> dict[str, Language]:
    """By BCP 47 primary tag."""
    return {tag: Language.model_validate({"tag": tag, **entry}) for tag, entry in _data()["languages"].items()}


def language(tag: str) -> Language | None:
    """The language of a BCP 47 tag, whatever region or script it names; None for one that cannot be checked."""
    return languages().get(tag.partition("-")[0].casefold())


def language_of(text: str) -> str:
    """The tag of the language that a text is written in; empty where nothing tells."""
    if eastern := _eastern(text):
        return eastern
    counts = _counts(text)
    best = max(counts, key=lambda tag: counts[tag])
    tied = [tag for tag, count in counts.items() if count == counts[best]]
    return best if counts[best] > 1 and len(tied) == 1 else ENGLISH if counts[best] and ENGLISH in tied else ""


def languages_of(sentence: str, text: str, asked: str = "") -> tuple[Language, ...]:
    """Those that a sentence of `text` may be in, which answers what was asked: a few words tell little, and a sentence
    may be in another language than what stands around it."""
    known = languages()
    if own := _eastern(sentence):
        return (known[own],)
    counts = _counts(sentence)
    most = max(counts.values())
    likely = [tag for tag, count in counts.items() if most and count == most]
    if ENGLISH in likely:
        likely = [tag for tag in likely if tag == language_of(asked) != ENGLISH]
    whole = language_of(text)
    found = [*likely, whole] if whole and known[whole].spaced else [*likely, language_of(asked) or ENGLISH, ENGLISH]
    return tuple(known[tag] for tag in dict.fromkeys(found))


def _eastern(text: str) -> str:
    """The tag of the language whose own script is in a text."""
    return next((tag for tag in ("ja", "ko", "zh") if re.search(languages()[tag].script, text)), "")


def _counts(text: str) -> dict[str, int]:
    """How many of its words every text of a language has."""
    words = [word.casefold() for word in _WORD.findall(text)]
    return {tag: sum(word in one.usual for word in words) for tag, one in languages().items() if one.usual}


@cache
def concepts(tag: str) -> dict[str, re.Pattern[str]]:
    """What finds each concept in a text of this language; its English words count everywhere."""
    spoken = languages()[tag]
    english = languages()[ENGLISH]
    found = {}
    for name, words in _data()["concepts"].items():
        own = [word.strip() for word in words.get(tag, "").split(",") if word.strip()]
        common = [word.strip() for word in words[ENGLISH].split(",")]
        found[name] = re.compile(f"{spoken.finds(own).pattern}|{english.finds(common).pattern}", re.I)
    return found


@cache
def units(tag: str) -> dict[str, re.Pattern[str]]:
    """By its symbol what finds a unit in words behind a number, which is the first group. Where words are parted those
    of all such languages count: a sentence of few words may be in several."""
    spoken = languages()[tag]
    found = {}
    for unit, words in _data()["units"].items():
        tags = [tag for tag, one in languages().items() if one.spaced] if spoken.spaced else [tag, ENGLISH]
        every = {word.strip() for one in tags for word in words[one].split(",")}
        longest = "|".join(map(re.escape, sorted(every, key=lambda word: (-len(word), word))))
        end = r"(?!\w)" if spoken.spaced else ""
        found[unit] = re.compile(rf"(?<![\w.:/-])(\d+(?:\.\d+)?)[ -]?(?:{longest}){end}", re.I)
    return found


@cache
def _data() -> dict[str, dict[str, dict[str, str]]]:
    found = yaml.safe_load((resources.files("sre_agent.grounds") / "languages.yaml").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found
