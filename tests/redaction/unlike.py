"""Three drafts of what others may write, each line in a form of its own, unlike the other texts here.

The lines of a draft are halved by their sum. Of the first two, rules were worked on with the first half before the
second was read; the third was read as a whole. What each reading found is told where it is measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final
from zlib import crc32

from tests.redaction.samples import fill_in, texts

SEED: Final = 20260611
EACH: Final = 2  # times a line is filled, with something else each time
DRAFTS: Final = ("first_draft", "second_draft", "third_draft")
HALVES: Final = (0, 1)


def secrets(draft: str, half: int) -> Iterator[tuple[str, str, list[str]]]:
    """Line, text, and the secrets in it."""
    random = Random(f"{SEED} {half}")
    for line in _lines(f"{draft}_secrets", half):
        for _ in range(EACH):
            masked: list[str] = []
            yield line, fill_in(random, _as_text(line), masked), masked


def harmless(draft: str, half: int) -> Iterator[str]:
    random = Random(f"{SEED} {half} harmless")
    for line in _lines(f"{draft}_harmless", half):
        for _ in range(EACH):
            yield fill_in(random, _as_text(line), [])


def _lines(name: str, half: int) -> list[str]:
    return [line for line in texts(name) if crc32(line.encode()) % len(HALVES) == half]


def _as_text(line: str) -> str:
    return line.replace("⏎", "\n").replace("⇥", "\t")
