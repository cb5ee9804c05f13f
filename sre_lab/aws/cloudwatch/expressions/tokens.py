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
    pieces = [_TOKENS.findall(piece) for piece in _PIECES.findall(term)]
    if not pieces:
        return False
    if _join_pieces(term) == _join_pieces(name):
        return True
    sequence = [(token, len(piece) > 1) for piece in pieces for token in piece]
    name_tokens = tokens(name)
    return any(
        all(
            _same(token, name_tokens[place + offset], case_sensitive)
            for offset, (token, case_sensitive) in enumerate(sequence)
        )
        for place in range(len(name_tokens) - len(sequence) + 1)
    )


def _same(token: str, name_token: str, case_sensitive: bool) -> bool:
    return token == name_token if case_sensitive else token.lower() == name_token.lower()


def _join_pieces(text: str) -> str:
    return "".join(_PIECES.findall(text)).lower()
