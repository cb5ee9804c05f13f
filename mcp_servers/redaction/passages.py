"""Where a text calls something by a secret's name: only there is looked at what follows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from mcp_servers.redaction import commands, spoken, values
from mcp_servers.redaction.names import WORDS, Name, name_at
from mcp_servers.redaction.rule import Following

_ANY: Final = re.compile("|".join(re.escape(word) for word in WORDS), re.I)
FOLLOWING: Final[tuple[Following, ...]] = (*values.AFTER_A_NAME, *commands.AFTER_A_NAME, *spoken.AFTER_A_NAME)


def without_named(text: str) -> str:
    """The text without the values that follow a secret's name."""
    pieces: list[str] = []
    done = 0
    for name in names_in(text):
        if name.begin >= done and (found := _value(name)):
            pieces += [text[done : found[0]], "[redacted:secret]"]
            done = found[1]
    return "".join([*pieces, text[done:]]) if pieces else text


def names_in(text: str) -> Iterator[Name]:
    """Where the text calls something by a secret's name."""
    for hit in _hits(text):
        if name := name_at(text, hit.start(), hit.end()):
            yield name


def _hits(text: str) -> Iterator[re.Match[str]]:
    """Where one of the words stands. Most of them nowhere: which ones do is told faster by looking for each."""
    folded = text.casefold()
    if len(folded) != len(text) or "\u0131" in folded:  # a place in it is not that place in the text
        return _ANY.finditer(text)
    there = tuple(word for word in WORDS if word in folded)
    return _one_of(there).finditer(folded) if there else iter(())


@lru_cache(maxsize=256)
def _one_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word) for word in words))


def _value(name: Name) -> tuple[int, int] | None:
    for following in FOLLOWING:
        if found := following.value(name):
            return found
    return None
