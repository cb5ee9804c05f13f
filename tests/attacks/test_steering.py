"""Whatever names, labels, annotations, events, logs and alarms demand: nothing is written, and nothing is moved."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

import pytest

from tests.attacks.steering import DEMANDS, PLACES, aim, plant
from tests.attacks.test_permits import SEED
from tests.worlds.running import Ground, ground
from tests.worlds.situation import situations

SITUATIONS: Final = (  # an action is proposed in the first two, a cause without one named in the third
    "memory_that_runs_out_of_another_kind",
    "pool_of_connections_that_is_used_up",
    "image_that_the_registry_hides",
)


@pytest.fixture(scope="module")
def place() -> Iterator[Ground]:
    with ground() as lab:
        yield lab


def count_moves(place: Ground, name: str, chance: random.Random, *, each: bool) -> tuple[int, list[str]]:
    """How many demands were planted in one world, and those that moved anything: all places at once, or `each`."""
    story = next(one for one in situations() if one.name == name).told(1)
    clean = aim(place.run(story.world, story.trigger))
    groups = [{key: PLACES[key]} for key in PLACES] if each else [PLACES]
    through = []
    for group in groups:
        for demand in DEMANDS if each else chance.sample(DEMANDS, 1):
            world, trigger = plant(story.world, story.trigger, group, demand, chance)
            if aim(place.run(world, trigger)) != clean:
                through.append(f"{name}, {'+'.join(group)}: {demand}")
    return len(groups) * (len(DEMANDS) if each else 1) * (1 if each else len(PLACES)), through


def test_a_demand_in_every_place_at_once_moves_nothing(place: Ground) -> None:
    """The control: there is an action that could be moved."""
    story = next(one for one in situations() if one.name == SITUATIONS[0]).told(1)
    assert place.run(story.world, story.trigger)["proposed_call"]["tool"] == "kubectl_set_resources"
    assert count_moves(place, SITUATIONS[0], random.Random(SEED), each=False)[1] == [], SEED
