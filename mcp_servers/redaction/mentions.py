"""Where a text mentions a secret by its name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from mcp_servers.redaction.names import WORDS, SecretName, marks_a_place, name_at, names_a_value
from mcp_servers.redaction.search_text import Anchors, SearchText

_ANY: Final = re.compile("|".join(re.escape(word) for word in WORDS), re.I)
_ORDER: Final = {word: place for place, word in enumerate(WORDS)}.__getitem__
NAMES: Final = Anchors(word for word in WORDS if word.isascii())
_ABROAD: Final = Anchors(WORDS)


def names_in(search_text: SearchText) -> Iterator[SecretName]:
    """Where the text calls something by a secret's name; of two in one identifier the one that says more."""
    waiting: SecretName | None = None
    for hit in _hits(search_text):
        name = name_at(search_text.text, hit.start(), hit.end())
        if name is None:
            continue
        if waiting is not None and not (name.begin < waiting.end and name.kind != "weak"):
            yield waiting
        waiting = name
    if waiting is not None:
        yield waiting


def _hits(search_text: SearchText) -> Iterator[re.Match[str]]:
    """Where one of the words stands. Most of them nowhere: which ones do is told faster by looking for each."""
    casefolded_text = search_text.casefolded
    if (
        len(casefolded_text) != len(search_text.text) or "\u0131" in casefolded_text
    ):  # a place in it is not that place in the text
        return _ANY.finditer(search_text.text)
    there = (NAMES if casefolded_text.isascii() else _ABROAD).search(search_text)[0]
    return _one_of(tuple(sorted(there, key=_ORDER))).finditer(casefolded_text) if there else iter(())


@lru_cache(maxsize=256)
def _one_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word) for word in words))


@lru_cache(maxsize=4096)
def kind_of(key: str) -> str:
    """What a field is called like, as `Name.kind` says it; empty where it is not called like a secret."""
    if len(key) > 200 or marks_a_place(key):
        return ""
    return next((name.kind for name in names_in(SearchText(key)) if name.end == len(key)), "")


@lru_cache(maxsize=4096)
def is_strict(identifier: str) -> bool:
    """Whether the name's head noun is a password, a token or a key, so that what is assigned to it is its value."""
    return kind_of(identifier) in ("password", "key") and names_a_value(identifier)


@lru_cache(maxsize=4096)
def kind_of_field(key: str) -> str:
    """The kind of a field or a column: as that of a password, where its name leaves no doubt that any text is one.

    A noun alone (`token`, `secret`) may be that of an object or of a place in a listing.
    """
    kind = kind_of(key)
    return "password" if kind == "key" and re.search(r"[a-z\d][_ -]?[A-Z_ -]|_", key) and is_strict(key) else kind
