"""Words of everyday English, by how often they are used: where nothing is called so, they are no names.

What the tables of this package know of English is what it can act on. People use all the rest of it as well.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from spellchecker import SpellChecker

USUAL: Final = 200  # occurrences in the library's corpus; words that came into it from elsewhere have 50


@cache
def _dictionary() -> SpellChecker:
    return SpellChecker(language="en", distance=1)


def is_everyday(word: str) -> bool:
    """Whether it is a usual word of English. The first call reads the dictionary, a quarter of a second."""
    return word.isalpha() and int(_dictionary()[word.lower()]) >= USUAL
