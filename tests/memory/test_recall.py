"""The same alarm again: what decided the first time is looked at first, and nothing near is taken for the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sre_agent.compose import Runtime
from sre_agent.domain.base import IncidentId
from sre_agent.domain.incident_grade import GradeRequest
from tests.memory.endings import ending_of, scripted_model
from tests.memory.stories import Story, near_misses, recurrences, worlds
from tests.sampling import sample
from tests.worlds.running import Ground, ground

WORKED_ON = [story for story in (*near_misses(), *recurrences()) if not story.kept_aside]
QUICK = {story.name for story in sample(WORKED_ON, lambda story: {story.kind})}  # one of each kind


@pytest.fixture(scope="module")
def place() -> Iterator[Ground]:
    with ground() as lab:
        yield lab


def mark(story: Story) -> object:
    return pytest.param(story, id=story.name, marks=[] if story.name in QUICK else [pytest.mark.long])


@pytest.mark.parametrize("story", [mark(one) for one in near_misses() if not one.kept_aside])
def test_a_near_miss_ends_as_without_any_memory(place: Ground, story: Story) -> None:
    ending = ending_of(story, place)
    assert not ending.is_wrong_recall
    if story.kind == "graded_wrong":
        assert [one["grade"] for one in ending.seen_before] == ["wrong"]
    if story.kind in ("other_cluster", "other_namespace", "too_old"):
        assert ending.seen_before == []


@pytest.mark.parametrize("story", [mark(one) for one in recurrences() if not one.kept_aside])
def test_a_recurrence_is_proven_again_by_the_calls_that_decided(place: Ground, story: Story) -> None:
    ending = ending_of(story, place)
    assert ending.causes == ending.control
    first, second = worlds(story)
    assert ending.recurs is (bool(ending.control) and first[1] == second[1])  # one that names another pod is another
    assert not (ending.recurs and ending.offered) or ending.second.leaving < ending.first.leaving
    assert [one["grade"] for one in ending.seen_before] == ["right"]


BEHIND_A_CALL = [
    "again_04",
    "again_otherwise_14",
    *(pytest.param(name, marks=pytest.mark.long) for name in ("again_06", "again_08", "again_otherwise_01")),
]


@pytest.mark.parametrize("name", BEHIND_A_CALL)
def test_a_cause_behind_a_call_is_proven_again_by_a_part_of_the_calls_of_its_tools(place: Ground, name: str) -> None:
    story = next(one for one in recurrences() if one.name == name)
    ending = ending_of(story, place)
    assert ending.recurs and ending.causes == ending.control
    assert ending.second.tools <= 3 and 2 * ending.second.leaving < ending.first.leaving


@pytest.mark.parametrize("name", ["again_otherwise_02", "again_otherwise_12"])
def test_a_cause_that_is_not_proven_costs_a_part_and_no_model_where_a_person_confirmed_it(
    place: Ground, tmp_path: Path, name: str
) -> None:
    story = next(one for one in recurrences() if one.name == name)
    ending = ending_of(story, place, model=scripted_model(tmp_path))
    assert ending.recurs and ending.offered and ending.causes == ending.control
    assert ending.second.tools <= 4 and ending.first.tools >= 8
    assert ending.first.model_calls > 0 and ending.second.model_calls == 0


def test_where_no_fewer_calls_show_the_cause_all_are_made_and_no_model_is_asked(place: Ground, tmp_path: Path) -> None:
    first, second = worlds(next(one for one in recurrences() if one.name == "again_otherwise_02"))
    model_calls: list[int] = []

    async def confirm(runtime: Runtime, incident: str) -> None:
        model_calls.append(len(await runtime.store.model_calls(incident=incident)))
        await runtime.responder.grade(incident, GradeRequest(correctness="right"), by="ada")
        past = await runtime.store.past_incident(IncidentId(incident))
        assert past is not None
        await runtime.store.keep_past_incident(past.model_copy(update={"deciding_calls": []}))

    model = scripted_model(tmp_path)
    one, two = (place.run_again(tmp_path / "state", *world, after=confirm, model=model) for world in (first, second))
    assert two["recurs"] == one["incident"] and two["causes"] == one["causes"]
    assert two["tool_calls"] == one["tool_calls"]
    assert model_calls[0] > 0 and model_calls[1] == 0


@pytest.mark.long
def test_of_the_stories_that_are_kept_aside_none_is_a_wrong_recall(place: Ground) -> None:
    aside = [ending_of(one, place) for one in (*near_misses(), *recurrences()) if one.kept_aside]
    assert sum(one.is_wrong_recall for one in aside) == 0


def test_an_incident_ends_the_same_where_its_memory_cannot_be_reached(place: Ground, tmp_path: Path) -> None:
    story = next(one for one in recurrences() if one.name == "again_10")
    warnings: list[str] = []

    async def look(runtime: Runtime, incident: str) -> None:
        await runtime.store.recorded()
        events = [one.event for one in await runtime.store.events(IncidentId(incident), limit=1000)]
        warnings.extend(str(event.data["text"]) for event in events if event.kind == "warning")

    elsewhere: dict[str, Any] = {
        "past_incidents": "agentcore_memory",
        "memory_id": "nobody-0123456789",
        "state_region": "eu-west-1",
    }
    elsewhere["state_endpoint_url"] = place.aws_url
    ending = place.run_again(tmp_path, *worlds(story)[0], after=look, **elsewhere)
    assert ending["causes"] and (ending["recurs"], ending["seen_before"]) == ("", [])
    assert any("cannot be reached" in text for text in warnings)
