"""What a confidence is worth on worlds that no rule was written for: the halves of tests/worlds that are kept aside.

By bucket: how many causes were told with that confidence, what it meant on average, and how many were right, with the
Wilson interval for 95 %. A cause at 0.7 or more may be wrong in 3 of 100, and nothing is called well while it is not.
"""

from __future__ import annotations

import logging
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sre_agent.domain.interval import wilson
from tests.bench.figures import Figure
from tests.worlds.running import ground
from tests.worlds.situation import SURE, end_of, grade_of, situations

SEEDS: Final = int(os.environ.get("BENCH_WORLD_SEEDS", "3"))  # of each situation
BUCKETS: Final = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9)
WRONG_AT_MOST: Final = 3.0  # per cent of the causes that are told at 0.7 or more


@dataclass(frozen=True)
class WorldAnswer:
    """How one world ended. `confidence` is None where no cause was believed; `right` judges the cause alone."""

    ability: str
    confidence: float | None
    right: bool
    passed: bool
    false_all_clear: bool


def figures() -> Iterator[Figure]:
    logging.disable(logging.WARNING)  # of connections that are cut when a world ends
    try:
        answers = list(answers_of_worlds(SEEDS))
    finally:
        logging.disable(logging.NOTSET)
    yield Figure(f"worlds kept aside: right of {len(answers)}", 100 * _share([a.passed for a in answers]), "%", 88, "≥")
    yield Figure("of them called well while something is wrong", sum(a.false_all_clear for a in answers), "", 0)
    causes = [(a.confidence, a.right) for a in answers if a.confidence is not None]
    for low, bucket in sorted(_buckets(causes).items()):
        right = [is_right for _, is_right in bucket]
        mean = sum(confidence for confidence, _ in bucket) / len(bucket)
        least, most = wilson(sum(right), len(right))
        what = f"confidence from {low:.1f}: {len(bucket)} causes, meant {mean:.2f}, {least:.0%} to {most:.0%} right"
        yield Figure(what, 100 * _share(right), "%", 0, "≥")
    sure = [is_right for confidence, is_right in causes if confidence >= SURE]
    least, most = wilson(len(sure) - sum(sure), len(sure))
    what = f"wrong among {len(sure)} causes told at {SURE} or more ({least:.1%} to {most:.1%})"
    yield Figure(what, 100 * (1 - _share(sure)), "%", WRONG_AT_MOST)


def answers_of_worlds(seeds: int) -> Iterator[WorldAnswer]:
    """Each kept-aside situation with so many seeds. Which of them fail is not told."""
    with ground() as place:
        for one in situations():
            if not one.kept_aside:
                continue
            for seed in range(1, seeds + 1):
                story = one.told(seed)
                result = place.run(story.world, story.trigger)
                grade = grade_of(story.expect, result)
                cause = result.get("root_cause") if end_of(result) == "cause" else None
                yield WorldAnswer(
                    ability=one.ability,
                    confidence=float(cause["confidence"]) if cause else None,
                    right=not grade.named_wrongly,
                    passed=not grade.short,
                    false_all_clear=grade.false_all_clear,
                )


def _buckets(causes: Sequence[tuple[float, bool]]) -> dict[float, list[tuple[float, bool]]]:
    buckets: dict[float, list[tuple[float, bool]]] = defaultdict(list)
    for confidence, right in causes:
        buckets[max(low for low in BUCKETS if confidence >= low)].append((confidence, right))
    return buckets


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 1.0
