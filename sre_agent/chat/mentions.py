"""Names in a question: words that neither the table nor plain speech knows; and the quoted texts that are none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Final

from sre_agent.chat import words as w
from sre_agent.chat.forms import class_words
from sre_agent.chat.meanings import Word
from sre_agent.language.mentions import (
    EXCLUDED,
    PLACES,
    Mention,
    beside_the_cloud,
    can_be_named,
    is_address,
    is_name,
    mention_at,
)

_SUPERLATIVES: Final = frozenset(w.ORDERS) - {"top", "latest"}
_CALLED: Final = ("named", "called")
_BEFORE_NAMES: Final = ("of", "for", "in", "with", "is", "from", "to", "can", "does")
_AUXILIARIES: Final = frozenset({"do", "does", "did"})
_SAME: Final = frozenset({"that", "this", "same", "the", "which", "what", "every", "each", "any", "a", "one"})
_KINDS: Final = w.KINDS | w.CLOUD_KINDS


def mentions(word_list: Sequence[Word]) -> tuple[list[Mention], set[int], list[str]]:
    """The names, the places of the words that they take up, and the quoted texts that are none."""
    mention_list: list[Mention] = []
    texts: list[str] = []
    is_search = any(token.word in w.BEGINS_TEXT for token in word_list)
    of_the_cloud = beside_the_cloud(word_list, w.BEGINS_TEXT)
    used_places = {word for word, plainly in of_the_cloud.values() if plainly}
    for place, token in enumerate(word_list):
        if place in used_places:
            continue
        before = word_list[place - 1] if place else None
        begins_text = before is not None and before.word in w.BEGINS_TEXT
        if (token.in_quotes and not _is_quoted_name(word_list, place, is_search)) or (
            begins_text and not token.in_quotes and token.word not in ("the", "a", "any")
        ):
            texts.append(token.text)
        elif token.cloud and before is not None and before.word in ("that", "this"):
            continue  # `that queue` is the one of before
        elif token.in_quotes or is_name(token) or is_address(token.text) or _is_forced(word_list, place, used_places):
            mention = _mention(word_list, place, used_places)
            word, _ = of_the_cloud.get(place, (-1, False))
            mention_list.append(mention if word < 0 or mention.kind else replace(mention, cloud=word_list[word].cloud))
            used_places.add(place)
        elif before is not None and before.word == "in" and token.kind is None and token.word not in _SAME:
            mention_list.append(Mention(token.text, place="in", weak=True))
    return _once(mention_list), used_places, texts


def _once(mention_list: Sequence[Mention]) -> list[Mention]:
    """Each name once, but one that stands before two namespaces once for each."""
    once: dict[tuple[Mention, str], Mention] = {}
    for mention, behind in zip_longest(mention_list, mention_list[1:]):
        where = behind.name if behind is not None and behind.place in ("in", "namespace") else ""
        if where or mention not in once.values():
            once.setdefault((mention, where), mention)
    return list(once.values())


def _mention(word_list: Sequence[Word], place: int, used_places: set[int]) -> Mention:
    """A name with what stands beside it; before a topic's noun (`the basket page`) it is a topic."""
    token = word_list[place]
    if place and _is_key(word_list[place - 1], token):
        return Mention(token.text, place="key")
    mention = mention_at(word_list, place, used_places, lambda word: _KINDS.get(word.lower()))
    if place > 1 and mention.form == "after kind" and word_list[place - 2].word in _SUPERLATIVES:
        used_places.discard(place - 1)  # `biggest pvc prod`
        mention = replace(mention, kind="", place="in", form="alone")
    if _is_excluded(word_list, place):
        return replace(mention, place=EXCLUDED, exists=token.name)
    follows = place + 1 < len(word_list) and not token.ends and word_list[place + 1].word in w.TOPIC_NOUNS
    follows = follows and not _is_done_by(word_list, place)
    return replace(mention, topic=follows and not mention.kind, exists=token.name, twofold=token.twofold,
                   is_content=_is_content(word_list, place))  # fmt: skip


def _is_excluded(word_list: Sequence[Word], place: int) -> bool:
    """Whether it is what is not asked about: `besides web`, `apart from the web deployment`, `other than web`."""
    before = place - 1
    while before >= 0 and (word_list[before].word in w.ARTICLES or word_list[before].is_of_one):
        before -= 1
    if before < 0 or word_list[before].ends:
        return False
    pair = f"{word_list[before - 1].word} {word_list[before].word}" if before else ""
    return word_list[before].word in class_words("except") or pair in class_words("except")


def _is_done_by(word_list: Sequence[Word], place: int) -> bool:
    """Whether the last word is what this name does, as in `what does web call`, and no noun."""
    return place + 2 == len(word_list) and any(token.word in _AUXILIARIES for token in word_list[:place])


def _is_content(word_list: Sequence[Word], place: int) -> bool:
    before = place - 1
    while before > 0 and word_list[before].word in class_words("between"):
        before -= 1
    return before >= 0 and word_list[before].word in class_words("holds")


def _is_key(before: Word, token: Word) -> bool:
    """Whether it is the name of a key or a variable: `a key MODE`."""
    return before.word in class_words("key") and token.text.isupper() and not token.in_quotes


def _is_forced(word_list: Sequence[Word], place: int, used_places: set[int]) -> bool:
    """A word that the table knows is a name after `named`, or between `in` and `namespace`."""
    before = word_list[place - 1].word if place else ""
    after = word_list[place + 1].word if place + 1 < len(word_list) else ""
    token = word_list[place]
    if place and _is_key(word_list[place - 1], token):
        return True
    if before in PLACES and before != "namespaces" and place - 1 not in used_places and token.word not in w.FUNCTION:
        return token.state is None and token.kind is None
    between = before in ("in", "the") and after == "namespace"
    return before in _CALLED or (between and token.kind is None and token.word not in _SAME)


def _is_quoted_name(word_list: Sequence[Word], place: int, is_search: bool) -> bool:
    """In quotes stands a name after `named`, beside a kind, or after `of` and `for`; else a text."""
    if not can_be_named(word_list[place].text):
        return False
    before = word_list[place - 1] if place else Word("")
    after = word_list[place + 1] if place + 1 < len(word_list) else Word("")
    if before.cloud or (before.kind is not None and not before.plural) or before.word in _CALLED:
        return True
    if before.word in _BEFORE_NAMES:
        return not (is_search and before.word == "with")
    return after.kind is not None and not is_search
