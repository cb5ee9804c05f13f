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
from mcp_servers.redaction.seen import Anchors, Seen

_ANY: Final = re.compile("|".join(re.escape(word) for word in WORDS), re.I)
_ORDER: Final = {word: place for place, word in enumerate(WORDS)}.__getitem__
NAMES: Final = Anchors(word for word in WORDS if word.isascii())
_ABROAD: Final = Anchors(WORDS)
FOLLOWING: Final[tuple[Following, ...]] = (*values.AFTER_A_NAME, *commands.AFTER_A_NAME, *spoken.AFTER_A_NAME)
BEFORE, AFTER = 120, 1200  # signs around a name, which decide what follows it where nothing opens at once
DIFFERENT: Final = 256  # names of one text, of each of which the last place is remembered
_PLAINLY: Final = re.compile(r"(?!\s{16})[^\"'`\[({<>|\\\n]{16}")


def without_named(seen: Seen) -> str:
    """The text without the values that follow a secret's name."""
    text = seen.text
    pieces: list[str] = []
    done = 0
    for begin, end, shown in named(seen):
        pieces += [text[done:begin], shown]
        done = end
    return "".join([*pieces, text[done:]]) if pieces else text


def named(seen: Seen) -> Iterator[Edit]:
    """Where the values stand that follow a secret's name, and what is told instead."""
    done = 0
    values = _Values()
    for name in names_in(seen):
        if name.begin >= done and (found := values.of(name)):
            yield *found, "[redacted:secret]"
            done = found[1]


def names_in(seen: Seen) -> Iterator[Name]:
    """Where the text calls something by a secret's name; of two in one identifier the one that says more."""
    waiting: Name | None = None
    for hit in _hits(seen):
        name = name_at(seen.text, hit.start(), hit.end())
        if name is None:
            continue
        if waiting is not None and not (name.begin < waiting.end and name.kind != "weak"):
            yield waiting
        waiting = name
    if waiting is not None:
        yield waiting


def _hits(seen: Seen) -> Iterator[re.Match[str]]:
    """Where one of the words stands. Most of them nowhere: which ones do is told faster by looking for each."""
    folded = seen.folded
    if len(folded) != len(seen.text) or "\u0131" in folded:  # a place in it is not that place in the text
        return _ANY.finditer(seen.text)
    there = (NAMES if folded.isascii() else _ABROAD).found(seen)[0]
    return _one_of(tuple(sorted(there, key=_ORDER))).finditer(folded) if there else iter(())


@lru_cache(maxsize=256)
def _one_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word) for word in words))


class _Values:
    """What follows the names of one text. Where the same stands around a name again, it is not looked at again."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, tuple[int, int] | None]] = {}

    def of(self, name: Name) -> tuple[int, int] | None:
        if not _PLAINLY.match(name.text, name.end):
            return _value(name)
        around = name.text[max(0, name.begin - BEFORE) : name.end + AFTER]
        last = self._last.get(name.called)
        if last is not None and last[0] == around:
            return last[1] and (name.end + last[1][0], name.end + last[1][1])
        found = _value(name)
        apart = found and (found[0] - name.end, found[1] - name.end)
        if "<" not in around and (apart is None or apart[1] < AFTER // 2):
            if len(self._last) >= DIFFERENT:
                self._last.clear()
            self._last[name.called] = around, apart
        return found


def _value(name: Name) -> tuple[int, int] | None:
    for following in FOLLOWING:
        if found := following.value(name):
            return found
    return None
