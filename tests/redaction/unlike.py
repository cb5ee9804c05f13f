"""A fifth set of texts, written as a draft of what others may write: each line in a form of its own.

The lines are halved by their sum: the rules were worked on with the first half, and read the second only then.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final
from zlib import crc32

from tests.redaction.samples import filled, texts

SEED: Final = 20260611
EACH: Final = 2  # times a line is filled, with something else each time
WORKED_ON, UNREAD = 0, 1  # halves


def secrets(half: int, of: str = "unlike") -> Iterator[tuple[str, str, list[str]]]:
    """Line, text, and the secrets in it."""
    random = Random(f"{SEED} {half}")
    for line in _lines(f"{of}_secrets", half):
        for _ in range(EACH):
            hidden: list[str] = []
            yield line, filled(random, _written(line), hidden), hidden


def harmless(half: int, of: str = "unlike") -> Iterator[str]:
    random = Random(f"{SEED} {half} harmless")
    for line in _lines(f"{of}_harmless", half):
        for _ in range(EACH):
            yield filled(random, _written(line), [])


def _lines(name: str, half: int) -> list[str]:
    return [line for line in texts(name) if crc32(line.encode()) % 2 == half]


def _written(line: str) -> str:
    return line.replace("⏎", "\n").replace("⇥", "\t")
