"""How parameters are chosen, and what they are worth where they were not chosen.

The procedure, for a method with a grid of parameters and a data set of few members (series, systems): split the members
in two by the hash of their names, in SPLITS ways; take the setting that scores best on one half (the first of the grid
among equals); report its score on that half and on the other; do the same with the halves exchanged. What is shipped
is the setting that scores best on all members.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

SPLITS = 8

Setting = TypeVar("Setting")


@dataclass(frozen=True)
class HalfScores:
    """One entry for each half of each split: the score on the half chosen on, and on the other one."""

    chosen_on: list[float]
    other: list[float]


def choose(
    grid: Sequence[Setting],
    members: Sequence[str],
    score: Callable[[Setting, Sequence[str]], float],
    score_of: Callable[[Setting, Sequence[str]], float],
) -> HalfScores:
    """`score` is what a setting is chosen by, `score_of` what is reported of it; the greater is the better."""
    scores = HalfScores([], [])
    for one, other in halves(members):
        best = max(grid, key=lambda setting: score(setting, one))
        scores.chosen_on.append(score_of(best, one))
        scores.other.append(score_of(best, other))
    return scores


def halves(members: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Each split, and each with its halves exchanged."""
    for split in range(SPLITS):
        ordered = sorted(members, key=lambda name: hashlib.sha256(f"{split} {name}".encode()).digest())
        first, second = ordered[: len(ordered) // 2], ordered[len(ordered) // 2 :]
        yield first, second
        yield second, first
