"""The same alarm again: what decided the first time is looked at first, and nothing near is taken for the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.memory.stories import Story, near_misses, recurrences, told
from tests.sampling import sample
from tests.worlds.running import Ground, ground

WORKED_ON = [story for story in (*near_misses(), *recurrences()) if not story.kept_aside]
QUICK = {story.name for story in sample(WORKED_ON, lambda story: {story.kind})}  # one of each kind


@pytest.fixture(scope="module")
def place() -> Iterator[Ground]:
    with ground() as found:
        yield found


def marked(story: Story) -> object:
    return pytest.param(story, id=story.name, marks=[] if story.name in QUICK else [pytest.mark.long])


@pytest.mark.parametrize("story", [marked(one) for one in near_misses() if not one.kept_aside])
def test_a_near_miss_ends_as_without_any_memory(place: Ground, story: Story) -> None:
    ending = told(story, place)
    assert not ending.is_wrong_recall
    if story.kind == "graded_wrong":
        assert [one["grade"] for one in ending.seen_before] == ["wrong"]
    if story.kind in ("other_cluster", "other_namespace", "too_old"):
        assert ending.seen_before == []


@pytest.mark.parametrize("story", [marked(one) for one in recurrences() if not one.kept_aside])
def test_a_recurrence_is_proven_again_by_the_calls_that_decided(place: Ground, story: Story) -> None:
    ending = told(story, place)
    assert ending.causes == ending.control
    assert ending.recurs is ending.offered
    assert not ending.recurs or ending.calls[1] < ending.calls[0]
    assert [one["grade"] for one in ending.seen_before] == ["right"]


@pytest.mark.long
def test_of_the_stories_that_are_kept_aside_none_is_a_wrong_recall(place: Ground) -> None:
    aside = [told(one, place) for one in (*near_misses(), *recurrences()) if one.kept_aside]
    assert sum(one.is_wrong_recall for one in aside) == 0
