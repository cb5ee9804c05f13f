"""Whether the rows of a Logs Insights query are log lines as they were written.

A query can name any text `@message`. Facts come from lines that somebody logged, so they are made only of queries that
take rows as they are: fields by their names, filters, an order and a limit.
"""

from __future__ import annotations

import re
from typing import Final

CHARACTERS: Final = 10_000
_ALIAS: Final = re.compile(r"\bas[\s`'\"]*@", re.I)
_WORD: Final = re.compile(
    r"""(?P<space>\s+)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<name>@?[A-Za-z_][\w.@-]*|`[^`|]*`)
    |(?P<number>\d+(?:\.\d+)?[A-Za-z]*)
    |(?P<sign>=~|[|,()\[\]=!<>+*%^-])""",
    re.VERBOSE,
)
_REGEX: Final = re.compile(r"/(?:[^/\\\n]|\\.)*/")
MATCHING: Final = ("like", "=~")  # a slash after these begins a regular expression
Words = list[tuple[str, str]]


def as_written(query: str) -> bool:
    """False for all that is not plainly a choice among lines."""
    if len(query) > CHARACTERS or _ALIAS.search(query):
        return False
    words = _words(query)
    return words is not None and all(_chooses(command) for command in _commands(words))


def _chooses(command: Words) -> bool:
    if not command or command[0][0] != "name":
        return False
    first, rest = command[0][1].lower(), command[1:]
    if first in ("fields", "display"):
        kinds = [kind if kind == "name" else word for kind, word in rest]
        return bool(rest) and all(one == ("," if place % 2 else "name") for place, one in enumerate(kinds))
    if first == "limit":
        return len(rest) == 1 and rest[0][0] == "number"
    return first in ("filter", "sort") and all(word.lower() != "as" for _, word in rest)


def _commands(words: Words) -> list[Words]:
    commands: list[Words] = [[]]
    for word in words:
        if word == ("sign", "|"):
            commands.append([])
        else:
            commands[-1].append(word)
    return commands


def _words(query: str) -> Words | None:
    """Kind and text of each word; None where there is one that this reading does not know, as a comment's."""
    words: Words = []
    place = 0
    while place < len(query):
        last = words[-1][1].lower() if words else ""
        word = _REGEX.match(query, place) if last in MATCHING and query[place] == "/" else _WORD.match(query, place)
        if word is None:
            return None
        if word.lastgroup != "space":
            words.append((word.lastgroup or "regex", word[0]))
        place = word.end()
    return words
