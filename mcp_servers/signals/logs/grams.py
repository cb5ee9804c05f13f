"""What of a line's words the classifier weighs: parts of words by their letters, whole words, and pairs of words.

A name that is made of words (`SocketTimeoutException`, `not_found`) is weighed by these words, and by the last of them
once more, because it says what the thing is.

Each is a place in a table of fixed size, by a hash that is the same on every machine. What a word brings depends on
the word alone, so that a line costs a sum over its words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from zlib import crc32

SIZE = 1 << 18
SHORTEST, LONGEST = 3, 5  # letters of a part
SHORTEST_ELSEWHERE = 2  # of words in scripts whose letters are syllables or words
PAIR = 0.7  # what a pair counts beside a word's 1
SHORT = 4  # words that a line is taken to have at least
LENGTH = 0.35  # the power of a line's length by which its sum is divided, so that length alone makes nothing stronger


def place(gram: str) -> int:
    return crc32(gram.encode()) % SIZE


_JOINTS = re.compile(r"[_.'’-]+")


def of_word(word: str) -> Iterator[str]:
    """The word itself and its parts; `<` and `>` mark where it begins and ends."""
    bare = word.rstrip(":=!")
    yield f"={bare}"
    joined = [part for part in _JOINTS.split(bare) if part]
    if len(joined) < 2:
        yield from _of_letters(word)
        return
    for part in joined:
        yield f"={part}"
        yield from _of_letters(part)
    yield f"+{joined[-1]}$"


def _of_letters(word: str) -> Iterator[str]:
    if word[0].isalpha():
        word_text = f"<{word}>"
        for length in range(SHORTEST if word.isascii() else SHORTEST_ELSEWHERE, LONGEST + 1):
            for start in range(len(word_text) - length + 1):
                yield word_text[start : start + length]


def pairs(words: Sequence[str]) -> Iterator[str]:
    bare = [word.rstrip(":=!") for word in words]
    for first, second in pairwise(("^", *bare, "$")):
        yield f"{first} {second}"


def shared(count: int) -> float:
    """What each of a word's parts counts: a long word is as strong as a short one."""
    return math.pow(count, -0.5)


def divisor(words: Sequence[str]) -> float:
    return math.pow(max(len(words), SHORT), LENGTH)
