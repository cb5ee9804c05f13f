"""Words that stand where a name stands although the table knows them, or although they are nearly one of its words.

A workload may be called `search`, `jobs` or `scheduler`. The sentence tells only that the word may be a name
there; what exists decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sre_agent.chat import words as w
from sre_agent.chat.meanings import Word
from sre_agent.language.lexicon import counts

_NAME: Final = re.compile(r"[a-z][a-z0-9]+$")
_NAMED: Final = re.compile(r"[A-Za-z0-9][\w.-]*[A-Za-z0-9]")
_PLACES: Final = frozenset({"in", "namespace", "ns", "within", "inside"})
_OF: Final = frozenset({"of", "for", "from"})
_TROUBLE: Final = frozenset({"problem", "issue", "incident", "outage"})
# behind these stands a common noun: nobody says `a checkout` or `any checkout` of the workload checkout
_INDEFINITE: Final = frozenset(
    {
        "a",
        "an",
        "any",
        "some",
        "no",
        "every",
        "each",
        "these",
        "those",
        "many",
        "several",
        "more",
        "few",
        "other",
        "there",
    }
)
_PRONOUNS: Final = frozenset({"anything", "everything", "nothing", "something", "anybody", "everybody", "why", "again"})
_MANY: Final = frozenset({"are", "have", "keep", "get", "pods", "down"})  # are told of kinds as well
_BUILT: Final = w.FUNCTION | w.NEGATIONS | frozenset({*w.REFERENCES, *counts()}) | _PRONOUNS
_CLOSED: Final = (_BUILT | w.TELLING_WORDS | w.ARTICLES | w.LEADS) - {"calls"}
_SENTENCE: Final = 4  # words
_TABLED: Final = frozenset({"logs", "events", "metric", "alarm", "changed", "list", "show"})


@dataclass(frozen=True)
class UncertainName:
    """A word that may be a name: `cloud` of that kind of AWS resource, `part` also of what has
    the word between its hyphens, `kind` the kind beside it."""

    word: str
    kind: str = ""
    cloud: str = ""
    part: bool = False


def doubts(word_list: Sequence[Word]) -> Iterator[tuple[int, UncertainName]]:
    """Each corrected word, and each word of the table in a name's position, with its place in the sentence."""
    for place, token in enumerate(word_list):
        if token.original:
            yield place, UncertainName(token.original, part=True)
        if token.in_quotes or token.name or token.original or not _NAME.match(token.word) or token.word in _CLOSED:
            continue
        if not (token.is_vocabulary or token.word in w.CLOUD_PLURALS):
            continue
        before, after = _at(word_list, place - 1), _at(word_list, place + 1)
        if cloud := _beside_the_cloud(word_list, place):
            yield place, UncertainName(token.word, cloud=cloud)
        elif before.word in _PLACES and token.state is None and token.kind != "Namespace":
            yield place, UncertainName(token.word)
        elif _stands_as_a_name(word_list, place):
            part = after.is_of_one and token.state is None and not token.ends
            kind = after.kind if part else before.kind if before.is_of_one else ""
            yield place, UncertainName(token.word, kind=kind or "", part=part)


def idle_words(word_list: Sequence[Word]) -> Iterator[str]:
    """Words that no table knows where no name stands: `everything that is wrong hereabouts`.

    A sentence of a few words is no sentence in which a place would tell: `status checkout`.
    """
    if len(word_list) < _SENTENCE:
        return
    for place, token in enumerate(word_list):
        free = not _is_known(token)
        begins = place == 0 or word_list[place - 1].ends
        if free and _NAME.match(token.text) and not begins and not _stands_as_a_name(word_list, place):
            yield token.word


def ordinary_words(word_list: Sequence[Word], is_everyday: Callable[[str], bool]) -> Iterator[str]:
    """Words that no table knows and that the sentence uses as words: what exists has the last word.

    Behind `a`, `any`, `which` stands no name: `are there credentials in any spec`. A word of everyday English is none
    where no name stands; where one may stand, as behind `is`, it is none beside something that has a name. Before a
    kind it is one all the same: `any checkout pod`.
    """
    has_name = any(_is_a_name_alone(token, is_everyday) for token in word_list)
    for place, token in enumerate(word_list):
        before, after = _at(word_list, place - 1), _at(word_list, place + 1)
        before = _at(word_list, place - 2) if before.word in w.COPULAS else before  # `are there any`, `there are`
        is_beside_a_kind = (after.kind is not None or bool(after.cloud)) and not token.ends
        is_beside_a_kind = is_beside_a_kind or bool(_at(word_list, place - 1).cloud)
        if _is_known(token) or not token.text.isalpha() or is_beside_a_kind:
            continue
        is_named = _is_led_to(word_list, place) or (not has_name and _stands_as_a_name(word_list, place))
        if (before.word in _INDEFINITE and token.text.islower()) or (is_everyday(token.word) and not is_named):
            yield token.word


def _is_known(token: Word) -> bool:
    return token.in_quotes or token.name or bool(token.original) or token.is_vocabulary or bool(token.cloud)


def _is_a_name_alone(token: Word, is_everyday: Callable[[str], bool]) -> bool:
    """Whether it is hardly anything else than a name: `checkout-api`, `web1`, `kafka`."""
    return token.name or (not _is_known(token) and bool(_NAMED.fullmatch(token.text)) and not is_everyday(token.word))


def _is_led_to(word_list: Sequence[Word], place: int) -> bool:
    """Whether what stands before it leads to a name: `of`, `restart`, `reach`."""
    before = _at(word_list, place - 1)
    lead = _at(word_list, place - 2) if before.word in w.ARTICLES else before
    return (lead.word in w.LEADS or lead.word in _PLACES or before.is_of_one) and not before.ends


def mark_names(word_list: Sequence[Word], names: Mapping[str, str], idle: Collection[str] = ()) -> list[Word]:
    """The words of a sentence, those that stand for one of `names` (the word in lower case: the name) as names, and
    those of `idle` as none."""
    word_list = [replace(token, idle=True) if token.word in idle else token for token in word_list]
    pairs = [(place, names.get(doubt.word)) for place, doubt in doubts(word_list)]
    replacements = {place: name for place, name in pairs if name and not word_list[place].original}
    return [
        replace(token, text=replacements[n], name=True) if n in replacements else token
        for n, token in enumerate(word_list)
    ]


def _is_behind_a_pointer(word_list: Sequence[Word], place: int) -> bool:
    """Whether it stands behind a kind that is pointed to, and so needs no name: `when did that pod die`."""
    return _at(word_list, place - 1).is_of_one and _at(word_list, place - 2).word in ("that", "this")


def _stands_as_a_name(word_list: Sequence[Word], place: int) -> bool:
    token, before, after = word_list[place], _at(word_list, place - 1), _at(word_list, place + 1)
    leads = token.is_of_one and bool(after.text) and not after.is_vocabulary  # `of deployment checkout`
    if not token.ends and (leads or after.word in _OF or after.word in w.TOPIC_NOUNS):
        return False
    if _beside_a_kind(word_list, place):
        return not _is_behind_a_pointer(word_list, place)
    article = before.word in w.ARTICLES
    if article and token.kind is not None:
        return False
    verb, lead = (_at(word_list, place - 2), place - 2) if article else (before, place - 1)
    if verb.word in w.COPULAS:
        is_question = _at(word_list, lead - 1).word in ("what", "which", "who")
        singular = verb.word not in ("are", "were", "aren't") or token.kind is None
        return singular and token.state is None and token.word not in w.UNHEALTHY and not is_question
    if verb.word in w.LEADS:
        return True
    if verb.word in ("and", "or") and lead > 0:
        return word_list[lead - 1].name or not word_list[lead - 1].is_vocabulary
    return not article and _begins(word_list, place) and _is_told_of(word_list, place)


def _begins(word_list: Sequence[Word], place: int) -> bool:
    return (
        place == 0
        or word_list[place - 1].ends
        or word_list[place - 1].word in ("please", "hey", "hi", "why", "so", "our")
    )


def _is_told_of(word_list: Sequence[Word], place: int) -> bool:
    token, after = word_list[place], _at(word_list, place + 1)
    if token.ends or after.word not in w.TELLING_WORDS or token.state is not None:
        return False
    if after.word == "in":
        behind = next(
            (t for t in word_list[place + 2 :] if t.is_vocabulary and t.word not in ("namespace", "ns", "the")),
            Word(""),
        )
        if behind.word in w.TELLING_WORDS - _MANY:
            return True
    if after.word in {"in", *_MANY}:
        return token.kind is None and token.word not in w.LEVELS and not token.cues & _TABLED
    return not token.cues & {"list", "why", "when", "who", "count"}


def _beside_a_kind(word_list: Sequence[Word], place: int) -> bool:
    """`The search deployment`, `deployment status`; not `describe deployment cart`, `cart deployment status`."""
    token, before, after = word_list[place], _at(word_list, place - 1), _at(word_list, place + 1)
    if token.state is not None or token.word in w.UNHEALTHY:
        return False
    if _is_one(after) and not token.ends:
        behind = _at(word_list, place + 2)
        return after.ends or behind.is_vocabulary or not behind.text
    return before.is_of_one and not before.ends and (place < 2 or word_list[place - 2].is_vocabulary)


def _is_one(token: Word) -> bool:
    """Whether it is a word for one thing of a kind, or for its trouble: `the search workload`, `the search problem`."""
    return (token.kind is not None and not token.plural) or token.word in _TROUBLE


def _beside_the_cloud(word_list: Sequence[Word], place: int) -> str:
    token, before, after = word_list[place], _at(word_list, place - 1), _at(word_list, place + 1)
    if token.state is not None or token.word in w.UNHEALTHY or token.cloud or _is_one(token):
        return ""
    if after.cloud and not token.ends and before.word in w.ARTICLES | w.LEADS | w.COPULAS:
        return after.cloud
    return before.cloud if before.cloud and not before.ends else ""


def _at(word_list: Sequence[Word], place: int) -> Word:
    return word_list[place] if 0 <= place < len(word_list) else Word("")
