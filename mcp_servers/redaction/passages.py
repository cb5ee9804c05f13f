"""Where a text calls something by a secret's name: only there is looked at what follows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from mcp_servers.redaction import commands, spoken, values
from mcp_servers.redaction.names import WORDS, Name, name_at
from mcp_servers.redaction.reading import Edit
from mcp_servers.redaction.rule import Following

_ANY: Final = re.compile("|".join(re.escape(word) for word in WORDS), re.I)
_PLAIN: Final = tuple(word for word in WORDS if word.isascii())
FOLLOWING: Final[tuple[Following, ...]] = (*values.AFTER_A_NAME, *commands.AFTER_A_NAME, *spoken.AFTER_A_NAME)


def without_named(text: str) -> str:
    """The text without the values that follow a secret's name."""
    pieces: list[str] = []
    done = 0
    for begin, end, shown in named(text):
        pieces += [text[done:begin], shown]
        done = end
    return "".join([*pieces, text[done:]]) if pieces else text


def named(text: str) -> Iterator[Edit]:
    """Where the values stand that follow a secret's name, and what is told instead."""
    done = 0
    for name in names_in(text):
        if name.begin >= done and (found := _value(name)):
            yield *found, "[redacted:secret]"
            done = found[1]


def names_in(text: str) -> Iterator[Name]:
    """Where the text calls something by a secret's name; of two in one identifier the one that says more."""
    waiting: Name | None = None
    for hit in _hits(text):
        name = name_at(text, hit.start(), hit.end())
        if name is None:
            continue
        if waiting is not None and not (name.begin < waiting.end and name.kind != "weak"):
            yield waiting
        waiting = name
    if waiting is not None:
        yield waiting


def _hits(text: str) -> Iterator[re.Match[str]]:
    """Where one of the words stands. Most of them nowhere: which ones do is told faster by looking for each."""
    folded = text.casefold()
    if len(folded) != len(text) or "\u0131" in folded:  # a place in it is not that place in the text
        return _ANY.finditer(text)
    there = tuple(word for word in (_PLAIN if folded.isascii() else WORDS) if word in folded)
    return _one_of(there).finditer(folded) if there else iter(())


@lru_cache(maxsize=256)
def _one_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word) for word in words))


def _value(name: Name) -> tuple[int, int] | None:
    for following in FOLLOWING:
        if found := following.value(name):
            return found
    return None
