"""Where a text calls something by a secret's name: only there is looked at what follows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

from mcp_servers.redaction import commands, tables, values
from mcp_servers.redaction.mentions import names_in
from mcp_servers.redaction.names import Name
from mcp_servers.redaction.nearby import Span, further, is_within_a_token, secrets_of
from mcp_servers.redaction.reading import Edit
from mcp_servers.redaction.rule import Following
from mcp_servers.redaction.seen import Seen

FOLLOWING: Final[tuple[Following, ...]] = (*values.AFTER_A_NAME, *commands.AFTER_A_NAME)
SHOWN: Final = "[redacted:secret]"
MARK: Final = "[redacted:"


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
    columns = tables.Columns(seen.text)
    spans: list[Span] = []
    done = 0
    names = [name for name in names_in(seen) if name.before(len(MARK)) != MARK and not is_within_a_token(name)]
    for name, next_one in zip_longest(names, names[1:]):
        if name.begin < done:
            continue
        after = next_one.begin if next_one else len(seen.text)
        known = _value(name)
        near = [known, *further(name, known, after)] if known else secrets_of(name, after, done)
        if near:
            done = max(near[-1][1], name.end)
        spans += near or columns.below(name)
    end = 0
    for span in sorted(spans):
        if span[0] >= end:
            yield *span, SHOWN
            end = span[1]


def _value(name: Name) -> Span | None:
    for following in FOLLOWING:
        if found := following.value(name):
            return found
    return None
