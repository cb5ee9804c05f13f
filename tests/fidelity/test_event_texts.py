"""The lab says nothing that a real cluster does not say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sre_lab import history, scenario
from sre_lab.objects.store import ObjectChange
from tests.fidelity import vocabulary

Obj = dict[str, Any]
NOW = 1_800_000_000.0
AFTERWARDS_SECONDS = 900.0  # long enough for what is scheduled after the history, and for deadlines


def said(name: str) -> Iterator[Obj]:
    """Every event of a shipped scenario, at each time that it was written."""
    world = history.build(scenario.load(name), now=NOW)
    yield from world.objects.all("Event")
    heard: list[Obj] = []

    def listen(change: ObjectChange) -> None:
        if change.object["kind"] == "Event" and change.type != "DELETED":
            heard.append(change.object)

    world.objects.subscribe(listen)
    world.clock.advance(AFTERWARDS_SECONDS)
    yield from heard


NAMES = [  # every fourth, and in the long run all
    pytest.param(name, marks=[pytest.mark.long] if number % 4 else []) for number, name in enumerate(scenario.names())
]


@pytest.mark.parametrize("name", NAMES)
def test_every_event_of_a_shipped_scenario_has_a_text_of_kubernetes(name: str) -> None:
    known = vocabulary.ours()
    strange = {(e["involvedObject"]["kind"], e["reason"], e["message"]) for e in said(name) if not known.knows(e)}
    assert not strange
