"""What a recurrence costs beside the first incident, and how often a near miss is taken for one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.bench.figures import Figure
from tests.memory.stories import Ending, near_misses, recurrences, told
from tests.worlds.running import ground


def figures() -> Iterator[Figure]:
    with ground() as place:
        misses = [told(one, place) for one in near_misses()]
        again = [told(one, place) for one in recurrences()]
    for aside, what in ((False, "worked on"), (True, "kept aside")):
        near = [one for one in misses if one.story.kept_aside is aside]
        share = f"memory, {what}: wrong recalls in {len(near)} near misses"
        yield Figure(share, sum(one.is_wrong_recall for one in near), "", 0)
        same = [one for one in again if one.story.kept_aside is aside]
        yield from _of_recurrences([one for one in same if one.offered], what)
        wrong = f"memory, {what}: other verdicts in {len(same)} recurrences"
        yield Figure(wrong, sum(one.causes != one.control for one in same), "", 0)


def _of_recurrences(endings: Sequence[Ending], what: str) -> Iterator[Figure]:
    """Of those whose first incident had deciding calls; a first one of seven calls cannot come again for less than a
    seventh of them."""
    first, second = (sum(one.calls[place] for one in endings) for place in (0, 1))
    yield Figure(
        f"memory, {what}: calls of {len(endings)} recurrences of {first} at first", 100 * second / first, "%", 25
    )
    yield Figure(f"memory, {what}: calls of a recurrence, on average", second / len(endings), "", 1.5)
