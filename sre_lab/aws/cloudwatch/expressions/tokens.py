"""How SEARCH cuts names into tokens, and when a search term without quotes finds a name.

A token begins at a capital after a small letter, at a digit, and at the last capital before a small letter; what is
neither letter nor digit stands between tokens.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PIECES = re.compile(r"[A-Za-z0-9]+")
_TOKENS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@lru_cache(maxsize=20_000)
def tokens(text: str) -> tuple[str, ...]:
    """`CustomCount1` -> Custom, Count, 1."""
    return tuple(token for piece in _PIECES.findall(text) for token in _TOKENS.findall(piece))


def finds(term: str, name: str) -> bool:
    """Whether a term matches one token of the name, the whole name, or tokens that follow each other in it.

    Case counts only where the term itself joins several tokens into one word.
    """
    wanted = [_TOKENS.findall(piece) for piece in _PIECES.findall(term)]
    if not wanted:
        return False
    if _joined(term) == _joined(name):
        return True
    sequence = [(token, len(piece) > 1) for piece in wanted for token in piece]
    held = tokens(name)
    return any(
        all(_same(token, held[place + offset], cased) for offset, (token, cased) in enumerate(sequence))
        for place in range(len(held) - len(sequence) + 1)
    )


def _same(token: str, held: str, cased: bool) -> bool:
    return token == held if cased else token.lower() == held.lower()


def _joined(text: str) -> str:
    return "".join(_PIECES.findall(text)).lower()
