"""With which letters the words of a text begin: told in one pass, for many words that may be looked for in it."""

from __future__ import annotations

from typing import Final

_LETTERS: Final = 3  # by so many a word is told from most others
_FOLDED: Final = (
    bytes(ord(chr(byte).lower()) if chr(byte).isalnum() or byte == 95 else 32 for byte in range(128)) + b" " * 128
)


def beginning(word: str) -> bytes:
    """The first letters of a word up to its first sign that is none; empty where these are too few to tell it."""
    first = word[:_LETTERS].encode().translate(_FOLDED).split(b" ")[0]
    return first if len(first) == _LETTERS or len(first) < len(word[:_LETTERS]) else b""


def beginnings(text: str) -> set[bytes]:
    """The first letters of all words of a text. Whatever follows a sign that is no ASCII letter begins a word."""
    return {word[:_LETTERS] for word in text.encode("utf-8", "replace").translate(_FOLDED).split()}
