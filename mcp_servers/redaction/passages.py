"""Where a text calls something by a secret's name: only there is looked at what follows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mcp_servers.redaction import commands, pairs, spoken, tables, values
from mcp_servers.redaction.mentions import names_in
from mcp_servers.redaction.names import Name
from mcp_servers.redaction.reading import Edit
from mcp_servers.redaction.rule import Following
from mcp_servers.redaction.seen import Seen

FOLLOWING: Final[tuple[Following, ...]] = (
    *values.AFTER_A_NAME,
    *pairs.AFTER_A_NAME,
    *commands.AFTER_A_NAME,
    *spoken.AFTER_A_NAME,
)
SHOWN: Final = "[redacted:secret]"
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
    values, columns = _Values(), tables.Columns(seen.text)
    below: list[tuple[int, int]] = []
    for name in names_in(seen):
        if name.begin < done:
            continue
        found = values.of(name) or pairs.ahead(name)
        if found and found[0] >= done:
            yield from _shown(below, done, found[0])
            below = [span for span in below if span[0] >= found[1]]
            yield *found, SHOWN
            done = max(found[1], name.begin)
        else:
            below += columns.below(name)
    yield from _shown(below, done, len(seen.text))


def _shown(spans: list[tuple[int, int]], begin: int, end: int) -> Iterator[Edit]:
    """Those of the spans that are within a part of the text."""
    yield from ((*span, SHOWN) for span in spans if begin <= span[0] and span[1] <= end)


class _Values:
    """What follows the names of one text. Where the same stands around a name again, it is not looked at again."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[tuple[int, str], tuple[int, int] | None]] = {}

    def of(self, name: Name) -> tuple[int, int] | None:
        if not _PLAINLY.match(name.text, name.end):
            return _value(name)
        lead = min(name.begin, BEFORE)
        around = lead, name.text[name.begin - lead : name.end + AFTER]
        last = self._last.get(name.called)
        if last is not None and last[0] == around:
            return last[1] and (name.end + last[1][0], name.end + last[1][1])
        found = _value(name)
        apart = found and (found[0] - name.end, found[1] - name.end)
        if "<" not in around[1] and (apart is None or apart[1] < AFTER // 2):
            if len(self._last) >= DIFFERENT:
                self._last.clear()
            self._last[name.called] = around, apart
        return found


def _value(name: Name) -> tuple[int, int] | None:
    for following in FOLLOWING:
        if found := following.value(name):
            return found
    return None
