"""Names in plain words, for questions and alarms alike: which word may name a thing, and what stands beside it.

A word is no name that speech or the field knows, unless it is quoted or stands where only a name can. Whether something
is called so, only what exists tells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sre_agent.language.words import PlainWord

_NAME: Final = re.compile(r"[A-Za-z0-9](?:[\w.:-]*[A-Za-z0-9])?")
_PATH: Final = re.compile(r"[\w.-]+(?:/[\w.-]+){1,2}")
_FIELD: Final = re.compile(r"[A-Za-z][a-z]*(?:[A-Z][A-Za-z]*|_\w+)+|[A-Z][A-Z0-9]*(?:_\w+)+")
_FIGURE: Final = re.compile(r"\d[\d.,:]*(?:%|ms|s|m|h|d|mi|gi|x|am|pm)?|[45]xx", re.I)
_ADDRESS: Final = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}")
_GRADE: Final = re.compile(r"p\d\d|v\d+(?:\.\d+)*", re.I)
EXCLUDED: Final = "except"
CALLED: Final = frozenset({"named", "called", "name"})  # behind these stands a name, whatever it looks like
PLACES: Final = frozenset({"namespace", "namespaces", "ns"})
_IN: Final = frozenset({"in", "within", "inside"})
_BESIDE: Final = _IN | {"from", "to", "of", "for", "on"}
_LEADS: Final = frozenset({"the", "of", "for", "from", "is", "are", "does", "did", "fix", "my", "our"})

KindOf = Callable[[str], str | None]
Form = Literal["alone", "path", "called", "after kind", "before kind"]


@dataclass(frozen=True)
class Mention:
    """A name as it stands in a text. `place` says how: `namespace`, `in` (perhaps a namespace), `from`, `to`, `except`
    (all but this); `form` by which form its kind or namespace is known.

    A `weak` one is a word of the table behind `in`: a namespace may have such a name, nothing else is meant by it.
    `cloud` is the kind of AWS resource that a word beside the name speaks of, as far as there is one. `exists`:
    something is called so; `twofold`: the name is a word of the table as well. `is_content`: a verb before it
    says that a thing holds it, as in `pods that use redis`.
    """

    name: str
    kind: str = ""
    namespace: str = ""
    place: str = ""
    form: Form = "alone"
    topic: bool = False
    weak: bool = False
    cloud: str = ""
    exists: bool = False
    is_content: bool = False
    twofold: bool = False

    @property
    def loose(self) -> bool:
        """Whether nothing but its being unknown makes it a name."""
        return not self.exists and not self.kind and not self.place and self.name.isalpha()

    @property
    def is_a_field(self) -> bool:
        """Whether it is written as fields and variables are, and as no object of a cluster: `maxSurge`, `DB_HOST`."""
        return not self.exists and not self.kind and _FIELD.fullmatch(self.name) is not None


def is_path(text: str) -> bool:
    """Whether it has the form `kind/name`, `namespace/name` or `kind/namespace/name`."""
    return _PATH.fullmatch(text) is not None


def is_figure(text: str) -> bool:
    """A number with its unit, a time or a class of status codes: none of them names a thing."""
    return _FIGURE.fullmatch(text) is not None


def is_address(text: str) -> bool:
    """An IPv4 address: nothing is named so, but something may have it."""
    return _ADDRESS.fullmatch(text) is not None


def is_version_or_percentile(text: str) -> bool:
    """As `v2` and `p95`: something may be called so, but in a sentence that names no kind it hardly is."""
    return _GRADE.fullmatch(text) is not None


def can_be_named(text: str) -> bool:
    """Whether something may be called so, alone or by its path. Words of speech may be: a caller knows its own."""
    return _NAME.fullmatch(text) is not None or is_path(text)


def is_name(word: PlainWord) -> bool:
    """Whether it can be nothing else than a name."""
    free = not word.is_vocabulary and word.word not in CALLED and not is_figure(word.text)
    return word.name or (free and can_be_named(word.text))


def mention_at(word_list: Sequence[PlainWord], place: int, used_places: set[int], kind_of: KindOf) -> Mention:
    """The name at a place with the kind and namespace beside it; the places of the words for these go to `used_places`.

    `kind_of` says which kind a word before a `/` stands for.
    """
    text, kind, namespace = _parts(word_list[place].text, kind_of)
    form: Form = "path" if kind or namespace else "alone"
    back = place - 1
    if is_called := back >= 0 and word_list[back].word in CALLED and not word_list[back].ends:
        back -= 1
    before = word_list[back] if back >= 0 else PlainWord("")
    after = word_list[place + 1] if place + 1 < len(word_list) and not word_list[place].ends else PlainWord("")
    is_before = before.word in PLACES and back not in used_places
    if is_before or (after.word in PLACES and not _belongs_behind(word_list, place, before)):
        used_places.add(back if is_before else place + 1)
        return Mention(text, "Namespace", place="namespace")
    where = before.word
    if not kind and before.kind is not None and not before.plural and back not in used_places:
        kind, form = before.kind, "after kind"
        used_places.add(back)
        where = word_list[back - 1].word if back else ""
        where = word_list[back - 2].word if where == "the" and back > 1 else where
    elif not kind and after.kind is not None and not after.plural and after.word not in PLACES:
        kind, form = after.kind, "before kind"
        used_places.add(place + 1)
    while back > 0 and (where == "the" or back in used_places):
        back -= 1
        where = word_list[back].word
    place_word = ("in" if where in _IN else where) if where in _BESIDE else ""
    return Mention(text, kind, namespace, place_word, "called" if is_called else form)


def _belongs_behind(word_list: Sequence[PlainWord], place: int, before: PlainWord) -> bool:
    """Whether `namespace` behind a name is that of the next one: `web namespace shop`, but `in shop namespace web`."""
    behind = word_list[place + 2] if place + 2 < len(word_list) and not word_list[place + 1].ends else PlainWord("")
    return bool(behind.text) and (behind.in_quotes or is_name(behind)) and before.word not in _IN | {"the"}


def _parts(text: str, kind_of: KindOf) -> tuple[str, str, str]:
    """(name, kind, namespace) of a name or a path."""
    if "/" not in text:
        return text, "", ""
    parts = text.split("/")
    kind = kind_of(parts[0]) or ""
    parts = parts[1:] if kind else parts
    return parts[-1], kind, parts[0] if len(parts) > 1 else ""


def beside_the_cloud(
    word_list: Sequence[PlainWord], stop_words: frozenset[str] = frozenset()
) -> dict[int, tuple[int, bool]]:
    """Of each name beside a word for a kind of AWS resource the place of that word, and whether it plainly is its kind.

    `The cache misses` may be about a cache of that name, or about what its words say. `stop_words` have none behind.
    """
    beside: dict[int, tuple[int, bool]] = {}
    for place, token in enumerate(word_list):
        if not token.cloud or (place and word_list[place - 1].word in stop_words):
            continue
        after = place + 1 + (place + 1 < len(word_list) and word_list[place + 1].word in CALLED and not token.ends)
        for other in (after, place - 1):
            ends = not 0 <= other < len(word_list) or word_list[min(place, other)].ends
            if (
                ends
                or word_list[other].cloud
                or other in beside
                or not (word_list[other].in_quotes or is_name(word_list[other]))
            ):
                continue
            name, first = word_list[other], min(place, other)
            leads = first > 0 and word_list[first - 1].word in _LEADS
            beside[other] = (place, name.in_quotes or leads or any(not letter.isalpha() for letter in name.text))
            break
    return beside
