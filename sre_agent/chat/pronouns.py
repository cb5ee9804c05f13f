"""What stands for something of before: pronouns, as far as the sentence has not named itself what they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from sre_agent.chat import words as w
from sre_agent.chat.attribute_words import is_same
from sre_agent.chat.meanings import Word

_OF_ONE: Final = frozenset({"it", "its"})  # stand for one thing that the sentence named before them, if it did
_OWN: Final = frozenset({"its", "their"})
_AUXILIARIES: Final = frozenset({"do", "does", "did", "can", "will"})
_JOINS: Final = frozenset({"with", "and", "by", "in", "plus", "including", "whatever"})  # `images with their tags`
_OF_MANY: Final = frozenset({"they", "them", "their"})  # the same of several


def ordinal(word_list: Sequence[Word]) -> int:
    """The place that a sentence names among the things of before: `the third one`, `the second pod`; 0 for none."""
    for token, after in pairwise(word_list):
        if token.word in w.ORDINALS and not token.ends and (after.word == "one" or after.is_of_one):
            return w.ORDINALS.index(token.word) + 1
    return 0


def reference(word_list: Sequence[Word]) -> str:
    """To what was said before: a pronoun, or a place among several; `that` and its like only before a kind or at the
    end of a clause."""
    if ordinal(word_list):
        return "last"
    for place, token in enumerate(word_list):
        if token.word not in w.REFERENCES or is_same(word_list, place):
            continue
        after = word_list[place + 1] if place + 1 < len(word_list) else None
        if _has_antecedent(word_list[:place], token.word) or _is_of_time(word_list, place):
            continue
        closed = after is None or token.ends or after.kind is not None or bool(after.cloud)
        if token.word not in ("that", "this", "these", "those") or closed:
            if token.word == "there" and place and word_list[place - 1].word in ("are", "is", "was", "were"):
                continue
            if token.word == "it" and after is not None and after.word in ("that", "possible", "true"):
                continue
            return w.REFERENCES[token.word]
    return ""


def _has_antecedent(before: Sequence[Word], pronoun: str) -> bool:
    """Whether a sentence has itself named what its pronoun stands for: `how many replicas has it` has not."""
    if pronoun not in _OF_ONE | _OF_MANY:
        return False
    is_joined = pronoun in _OWN and bool(before) and before[-1].word in _JOINS
    if is_joined and any(t.kind is not None or t.attributes for t in before):
        return True
    if pronoun in _OWN and before and not (before[-1].word in w.COPULAS or before[-1].word in _AUXILIARIES):
        return any(t.kind is not None for t in before) or any(not t.is_vocabulary for t in before)
    question_places = [
        place
        for place, t in enumerate(before)
        if t.kind is not None and _is_wanted(before[:place]) and not _is_owner(before[place + 1 :])
    ]
    others = [t for place, t in enumerate(before) if place not in question_places]
    return any((t.kind is not None and (pronoun in _OF_MANY or not t.plural)) or not t.is_vocabulary for t in others)


def _is_of_time(word_list: Sequence[Word], place: int) -> bool:
    """`At the same time` points to nothing, nor does `right before that`."""
    before = word_list[place - 1].word if place else ""
    is_last = word_list[place].ends or place + 1 == len(word_list)
    if word_list[place].word in ("that", "then") and before in ("before", "after", "since") and is_last:
        return True
    after = word_list[place + 1].word if place + 1 < len(word_list) else ""
    return word_list[place].word in ("same", "the same") and after in ("time", "times", "moment")


def _is_owner(behind: Sequence[Word]) -> bool:
    """Whether what stands there has things of another kind, in the same clause: `which node has more pods on it`."""
    words = [token.word for token in behind]
    return bool(words) and words[0] in ("has", "have", "runs", "holds") and any(t.kind is not None for t in behind[1:])


def _is_wanted(before: Sequence[Word]) -> bool:
    """Whether the kind behind these words is what is asked for: `which node is it on`."""
    return bool(before) and before[-1].word in (*w.QUESTION_WORDS, "how many")
