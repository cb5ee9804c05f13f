"""What the order of a question's words tells, as the names of forms: `yes-or-no`, `demand`, `amount-requested`.

The forms and the classes of words in them are data. Each is a sequence of classes; where a word of each may stand is
followed from the first to the last, so that the work grows with the length of the sentence and no faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

from sre_agent.chat.deeds import deed_words
from sre_agent.chat.meanings import Word
from sre_agent.chat.words import RESOURCES

ANY: Final = "any"


@dataclass(frozen=True)
class FormTerm:
    """One place of a form: a word of one of the classes, or, `denied`, of none. `least` is 0 or 1; `many`: or more."""

    classes: frozenset[str]
    denied: bool = False
    least: int = 1
    many: bool = False

    def fits(self, classes: frozenset[str]) -> bool:
        return ANY in self.classes or self.classes.isdisjoint(classes) == self.denied


END: Final = FormTerm(frozenset({"end"}))


def forms_of(word_list: Sequence[Word]) -> frozenset[str]:
    """The names of all forms that the words have."""
    classes = [_classes(token) for token in word_list]
    return frozenset(name for name, several in _forms().items() if any(_has(form, classes) for form in several))


def class_words(name: str) -> frozenset[str]:
    """The words of a class. Raises KeyError where there is none of that name."""
    return _class_table()[name]


@cache
def form_names() -> frozenset[str]:
    return frozenset(_forms())


def _has(form: Sequence[FormTerm], classes: Sequence[frozenset[str]]) -> bool:
    places = {0}  # where the rest of the form may begin
    for term in form:
        places = {len(classes)} & places if term is END else _behind(term, places, classes)
        if not places:
            return False
    return True


def _behind(term: FormTerm, places: set[int], classes: Sequence[frozenset[str]]) -> set[int]:
    behind = set(places) if not term.least else set()
    if not term.many:
        return behind | {place + 1 for place in places if place < len(classes) and term.fits(classes[place])}
    for place in range(min(places), len(classes)):
        if (place in places or place in behind) and term.fits(classes[place]):
            behind.add(place + 1)
    return behind


def _classes(token: Word) -> frozenset[str]:
    """Every class of a word: those of the table, its cues, its kind and state, and itself; a phrase also stands where
    its first word does."""
    if token.in_quotes:
        return frozenset()
    texts = {token.word, token.word.partition(" ")[0]}
    own = {name for name, words in _class_table().items() if not words.isdisjoint(texts)} | token.cues
    own |= {f"={token.word.replace(' ', '_')}"}
    own |= {"kind", token.kind} if token.kind is not None else set()
    own |= {"good" if token.state.good else "bad"} if token.state is not None else set()
    own |= {"deed"} if token.word in deed_words() else set()
    own |= {"resource"} if token.word in RESOURCES else set()
    own |= {"attribute"} if token.attributes and not any(one.usual for one in token.attributes) else set()
    return frozenset(own)


@cache
def _file() -> dict[str, dict[str, Any]]:
    text = (resources.files(__package__) / "forms.yaml").read_text(encoding="utf-8")
    data: dict[str, dict[str, Any]] = yaml.load(text, yaml.CSafeLoader)
    return data


@cache
def _class_table() -> dict[str, frozenset[str]]:
    return {name: frozenset(word.strip() for word in words.split(",")) for name, words in _file()["classes"].items()}


@cache
def _forms() -> dict[str, tuple[tuple[FormTerm, ...], ...]]:
    return {
        name: tuple(tuple(map(_term, form.split())) for form in ([forms] if isinstance(forms, str) else forms))
        for name, forms in _file()["forms"].items()
    }


def _term(text: str) -> FormTerm:
    if text == "end":
        return END
    if text == "...":
        return FormTerm(frozenset({ANY}), least=0, many=True)
    bare = text.rstrip("?*")
    names = frozenset(bare.removeprefix("-").split("|"))
    return FormTerm(names, bare.startswith("-"), 0 if text[-1] in "?*" else 1, text.endswith("*"))
