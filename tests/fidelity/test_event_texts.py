"""The lab says nothing that a real cluster does not say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sre_agent import failures
from sre_lab import history, scenario
from sre_lab.objects.store import ObjectChange
from tests.fidelity import vocabulary
from tests.sampling import load_shipped, parts, sample

Obj = dict[str, Any]
NOW = 1_800_000_000.0
AFTERWARDS_SECONDS = 900.0  # long enough for what is scheduled after the history, and for deadlines


def said(name: str) -> Iterator[Obj]:
    """Every event of a shipped scenario, at each time that it was written."""
    world = history.build(load_shipped(name), now=NOW)
    yield from world.objects.all("Event")
    events: list[Obj] = []

    def listen(change: ObjectChange) -> None:
        if change.object["kind"] == "Event" and change.type != "DELETED":
            events.append(change.object)

    world.objects.subscribe(listen)
    world.clock.advance(AFTERWARDS_SECONDS)
    yield from events


def kinds(name: str) -> set[tuple[str, str]]:
    """Events follow from what is broken, and how."""
    expected = load_shipped(name).expected
    assert expected is not None
    return parts(name) | {("area", CATALOGUE[cause.failure_class].area) for cause in expected.causes}


CATALOGUE = failures.load()
QUICK = sample(scenario.names(), kinds)
NAMES = [pytest.param(n, marks=[] if n in QUICK else [pytest.mark.long]) for n in scenario.names()]


@pytest.mark.parametrize("name", NAMES)
def test_every_event_of_a_shipped_scenario_has_a_text_of_kubernetes(name: str) -> None:
    texts = vocabulary.ours()
    strange = {(e["involvedObject"]["kind"], e["reason"], e["message"]) for e in said(name) if not texts.knows(e)}
    assert not strange
