"""Where a text calls something by a secret's name: only there is looked at what follows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import zip_longest
from typing import Final

from mcp_servers.redaction import assignments, commands, tables, values
from mcp_servers.redaction.candidates import is_no_name
from mcp_servers.redaction.images import is_repository
from mcp_servers.redaction.mentions import names_in
from mcp_servers.redaction.names import SecretName
from mcp_servers.redaction.nearby import Span, further, secrets_of
from mcp_servers.redaction.normalization import Edit
from mcp_servers.redaction.rule import FollowingValue
from mcp_servers.redaction.search_text import SearchText
from mcp_servers.redaction.sentences import Sentences

FOLLOWING: Final[tuple[FollowingValue, ...]] = (
    *values.AFTER_A_NAME,
    *commands.AFTER_A_NAME,
    *assignments.AFTER_A_NAME,
)
_SIGN: Final = re.compile(r"[\"'`\\\])]{0,9}[ \t]{0,40}+(.?)", re.S)
_SENTENCES: Final = Sentences()
MASK: Final = "[redacted:secret]"
MARK: Final = "[redacted:"


def without_named(search_text: SearchText) -> str:
    """The text without the values that follow a secret's name."""
    text = search_text.text
    pieces: list[str] = []
    done = 0
    for begin, end, replacement in secret_edits(search_text):
        pieces += [text[done:begin], replacement]
        done = end
    return "".join([*pieces, text[done:]]) if pieces else text


def secret_edits(search_text: SearchText) -> Iterator[Edit]:
    """Where the values stand that follow a secret's name, and what is told instead."""
    columns = tables.Columns(search_text.text)
    spans: list[Span] = []
    done = 0
    names = [name for name in names_in(search_text) if _is_one(name)]
    for name, next_one in zip_longest(names, names[1:]):
        if name.begin < done:
            continue
        after = next_one.begin if next_one else len(search_text.text)
        if _SENTENCES.says_nothing(name, after, _finds):
            continue
        known_span = _value(name)
        below = [] if known_span else columns.below(name)
        near = (
            [known_span, *further(name, known_span, after)]
            if known_span
            else []
            if below
            else secrets_of(name, after, done)
        )
        if near:
            done = max(near[-1][1], name.end)
        spans += near or below
    end = 0
    for span in sorted(spans):
        if span[0] >= end:
            yield *span, MASK
            end = span[1]


def _is_one(name: SecretName) -> bool:
    return name.before(len(MARK)) != MARK and not is_no_name(name) and not is_repository(name)


def _finds(name: SecretName, after: int) -> bool:
    return bool(_value(name) or secrets_of(name, after, 0))


def _value(name: SecretName) -> Span | None:
    sign = _SIGN.match(name.text, name.end)
    for following in _that_may_follow(name.kind, sign[1] if sign else ""):
        if span := following.value(name):
            return span
    return None


@lru_cache(maxsize=1024)
def _that_may_follow(kind: str, sign: str) -> tuple[FollowingValue, ...]:
    return tuple(one for one in FOLLOWING if kind in one.kinds and (not one.signs or sign in one.signs))
