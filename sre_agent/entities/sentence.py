"""The names in the words of an alarm, the surest first: `<kind> <name>`, `<namespace>/<name>`, `<name> in <namespace>`.

They are read as those of questions are. Here nobody can be asked which is meant, so it is told how sure a name is: what
no form marks, and what is said in a language that is not known here, may be a name or a word like any other.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final, Literal, get_args

from sre_agent.domain.signal import Hint
from sre_agent.entities.conventions import AWS_KINDS, kind_of
from sre_agent.language.lexicon import speech
from sre_agent.language.mentions import Mention, beside_the_cloud, is_name, is_version_or_percentile, mention_at
from sre_agent.language.said_places import own_places
from sre_agent.language.words import PlainWord, plain_words

SAID_IN: Final = "sentence"
PLAIN: Final = 6  # words that nothing marks and that are looked up all the same
SHORTEST: Final = 3  # letters of such a word
ENGLISH: Final = 0.4  # of a sentence's words
FEW: Final = 2  # words that tell no language

Sure = Literal["named", "placed", "word"]
SURENESS: Final[tuple[Sure, ...]] = get_args(Sure)

_OBJECT = re.compile(r"^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$")  # what Kubernetes allows as a name


class SentenceName(Hint):
    """A name out of a sentence. `named`: it is one by its looks, by quotes or by what it stands beside. `placed`: it
    stands where names stand, as ordinary words may. `word`: it is a name only if something is called so.

    `perhaps_in` is what may be its namespace, and may be a word like any other.
    """

    sure: Sure = "named"
    perhaps_in: str = ""


def hints(text: str) -> list[SentenceName]:
    """The names in a sentence with the kind and namespace it gives them, the plainest first.

    Of several namespaces a name has the first that stands behind it, or else the last before it; where the sentence
    begins with one, the last before it.
    """
    word_list = list(plain_words(text))
    english, stated_namespace, namespace_after_in = _is_english(word_list), namespace(text), _after_in(word_list)
    place = stated_namespace or namespace_after_in
    marked_names = list(_marked_names(word_list, place, english=english))
    names = [one for one in marked_names if one.namespace] or marked_names
    if all(one.sure != "named" for one in names):
        known_names = {one.name for one in names}
        names += [one for one in _telling(word_list, place) or _plain(word_list, place) if one.name not in known_names]
    with_kind = {one.name for one in names if one.kind}
    places, place_of = _places_of(word_list, {one.name for one in names})
    field = "namespace" if stated_namespace or english or _looks(namespace_after_in) else "perhaps_in"
    return [
        one
        if one.namespace or one.kind in AWS_KINDS
        else one.model_copy(update={field: place_of.get(one.name) or place})
        for one in sorted(_once(names), key=lambda one: SURENESS.index(one.sure))
        if (one.kind or one.name not in with_kind) and one.name not in places
    ]


def namespace(text: str) -> str:
    """The namespace that a text calls one; empty where it names none."""
    return next((name for _, name in _namespace_words(list(plain_words(text)))), "")


def _marked_names(word_list: Sequence[PlainWord], place: str, *, english: bool) -> Iterator[SentenceName]:
    """Names beside a word for a kind, by a path, in quotes, and before `in <namespace>`; after a kind first."""
    clouds = beside_the_cloud(word_list)
    ranked: list[tuple[bool, SentenceName]] = []
    for at, word in enumerate(word_list):
        if not _free(word, place):
            continue
        mention = mention_at(word_list, at, set(), kind_of)
        beside, _ = clouds.get(at, (-1, False))
        cloud = word_list[beside].cloud if beside >= 0 and not mention.kind else ""
        if cloud and not (english or mention.form == "called" or _looks(mention.name)):
            continue  # nothing tells whether it exists
        after = mention.form in ("after kind", "called") or (bool(cloud) and beside < at)
        sure = _sureness(word_list, at, mention, cloud, english=english, after=after)
        if mention.place != "namespace" and sure is not None:
            ranked.append((not after, _hint(mention.name, mention.kind or cloud, mention.namespace, sure=sure)))
    yield from (hint for _, hint in sorted(ranked, key=lambda one: one[0]))


def _sureness(
    word_list: Sequence[PlainWord], at: int, mention: Mention, cloud: str, *, english: bool, after: bool
) -> Sure | None:
    """How sure a marked name is; None for one that nothing marks.

    In another language than English any word may stand beside one for a kind.
    """
    if word_list[at].in_quotes or mention.form == "called" or (mention.form == "path" and mention.kind):
        return "named"
    if mention.form == "path":
        return "named" if english or _looks(mention.name) or _looks(mention.namespace) else "placed"
    before_place = at + 1 < len(word_list) and word_list[at + 1].word == "in" and not word_list[at].ends
    if not (mention.form != "alone" or cloud or (before_place and _after_in(word_list[at + 1 :]))):
        return None
    if _looks(mention.name) or (english and after):
        return "named"
    return "placed" if english or after else "word"


def _once(names: Sequence[SentenceName]) -> list[SentenceName]:
    return list({(one.kind, one.namespace, one.name): one for one in reversed(names)}.values())[::-1]


def _telling(word_list: Sequence[PlainWord], place: str) -> list[SentenceName]:
    """Names that look like nothing else, by a hyphen or underscore in them."""
    return [_hint(word.text) for word in word_list if _free(word, place) and "/" not in word.text and _looks(word.text)]


def _plain(word_list: Sequence[PlainWord], place: str) -> list[SentenceName]:
    """Words that are no speech, a capital of a sentence's first word or a noun aside: the last resort."""
    low = [PlainWord(word.text[:1].lower() + word.text[1:]) for word in word_list]
    free = [one.text for one in low if _free(one, place) and not one.cloud and "/" not in one.text]
    return [_hint(text, sure="word") for text in dict.fromkeys(free) if len(text) >= SHORTEST][:PLAIN]


def _hint(name: str, kind: str = "", namespace: str = "", *, sure: Sure = "named") -> SentenceName:
    return SentenceName(kind=kind, namespace=namespace, name=name, said_in=SAID_IN, sure=sure)


def _looks(text: str) -> bool:
    return "-" in text or "_" in text


def _is_english(word_list: Sequence[PlainWord]) -> bool:
    """Whether enough of the words are known ones; words for kinds are the same in many languages."""
    words = [one.word for one in word_list if one.kind is None and not one.cloud]
    return len(words) <= FEW or sum(word in speech() for word in words) >= ENGLISH * len(words)


def _free(word: PlainWord, place: str) -> bool:
    """Whether it can be a name: of Kubernetes, or with capitals as AWS allows; no figure, no version, no namespace."""
    text = word.text
    if not (is_name(word) or word.in_quotes) or is_version_or_percentile(text) or text == place:
        return False
    return all(_OBJECT.match(part) or _looks(part) for part in text.split("/")) and word.word not in speech()


def _places_of(word_list: Sequence[PlainWord], names: Collection[str]) -> tuple[set[str], dict[str, str]]:
    """The namespaces of a sentence that has more than one, and the one of each name by where these stand; both empty
    where it has one for all."""
    places = dict(_namespace_words(word_list)) | dict(_behind_in(word_list))
    if len(set(places.values())) < 2:
        return set(), {}
    there = [at for at, word in enumerate(word_list) if at in places or word.text in names]
    marks = [(places.get(at, word_list[at].text), at in places) for at in there]
    own = [(text, place) for (text, is_place), place in zip(marks, own_places(marks), strict=True) if not is_place]
    return set(places.values()), dict(reversed(own))


def _namespace_words(word_list: Sequence[PlainWord]) -> Iterator[tuple[int, str]]:
    """What a text calls a namespace, with where it stands."""
    for at, word in enumerate(word_list):
        if is_name(word) or word.in_quotes:
            mention = mention_at(word_list, at, set(), kind_of)
            if mention.place == "namespace" and _OBJECT.match(mention.name):
                yield at, mention.name


def _after_in(word_list: Sequence[PlainWord]) -> str:
    """What follows a plain `in`, where no word for a kind marks it."""
    return next((name for _, name in _behind_in(word_list)), "")


def _behind_in(word_list: Sequence[PlainWord]) -> Iterator[tuple[int, str]]:
    for at, word in enumerate(word_list[:-1]):
        name, behind = word_list[at + 1], word_list[at + 2] if at + 2 < len(word_list) else PlainWord("")
        kinds = name.kind is not None or behind.kind is not None or bool(behind.cloud)
        if word.word == "in" and not kinds and _free(name, "") and _OBJECT.match(name.text):
            yield at + 1, name.text
