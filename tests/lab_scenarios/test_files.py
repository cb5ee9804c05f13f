"""What holds for every scenario's file, whatever is wrong in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from sre_agent.failures import load
from sre_lab import scenario as scenarios
from sre_lab.history import build
from sre_lab.scenario import Scenario
from sre_lab.world import World
from tests.lab_scenarios.plays import START
from tests.sampling import load_shipped, parts, sample

SCENARIOS = {name: load_shipped(name) for name in scenarios.names()}
MOST_CHANGES = 5_000  # of objects, in the history of a scenario
# Words of class names that name a part of a system; the others say what is wrong with it.
PARTS = """
    addresses admission alarm api architecture autoscaler balancer cache capacity certificate clock cloud
    cluster command config cpu database dependency disk dns drain env finalizer gitops hardware identity image
    ingress init job kernel limit limits liveness load loop memory mesh message monitoring nat network node nodes not
    of out placement plugin pod policy pool pressure probe pull queue quota rbac readiness ready region
    registry rollout runtime secret server service shutdown sidecar storm surge table to traffic version
    volume webhook
"""


BUILT = sample(SCENARIOS, parts)  # a world with each part is built twice, and in the long run every one
WORLDS = [pytest.param(name, marks=[] if name in BUILT else [pytest.mark.long]) for name in SCENARIOS]


@pytest.fixture(scope="module", params=WORLDS)
def world(request: pytest.FixtureRequest) -> tuple[Scenario, World]:
    """A scenario and its world."""
    scenario = SCENARIOS[request.param]
    return scenario, build(scenario, now=START)


def test_a_history_is_made_of_few_changes(world: tuple[Scenario, World]) -> None:
    """Each one costs time before a scenario is up; how long that takes, `make bench` tells."""
    assert world[1].objects.version < MOST_CHANGES


def test_one_seed_gives_one_history(world: tuple[Scenario, World]) -> None:
    again = build(world[0], now=START)
    for kind in {*world[1].objects.kinds(), *again.objects.kinds()}:
        assert world[1].objects.all(kind) == again.objects.all(kind)
    assert list(_samples(world[1])) == list(_samples(again))


def _samples(world: World) -> Iterator[tuple[Any, list[tuple[float, float, float]]]]:
    for key, series in sorted(world.metrics.find(), key=lambda result: repr(result[0])):
        yield repr(key), list(series.between(0, START + 1))


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_name_and_no_text_that_a_responder_sees_says_what_is_wrong(name: str) -> None:
    scenario = SCENARIOS[name]
    assert scenario.expected is not None
    classes = {c for cause in scenario.expected.causes for c in (cause.failure_class, *cause.also_classes)}
    telling = {word for failure_class in classes for word in failure_class.split("_")} - set(PARTS.split())
    for text in _visible(scenario):
        result = telling & set(re.split(r"[^a-z]+", text.lower()))
        assert not result, f"{text!r} says {', '.join(result)}"


def _visible(scenario: Scenario) -> Iterator[str]:
    """Names, labels, annotations, descriptions; log lines are symptoms and may say what such programs say."""
    yield scenario.name
    yield scenario.cluster.name
    for alarm in scenario.alarms:
        yield from (alarm.name, alarm.description)
    for manifest in [*scenario.manifests, *(m for fault in scenario.faults for m in fault.apply)]:
        yield from _words(manifest)
    for fault in scenario.faults:
        yield from _words((fault.patch or {}).get("patch", {}))
    yield from (*scenario.images, *(d.name for d in scenario.dependencies), *(t.name for t in scenario.tables))


def _words(manifest: dict[str, Any]) -> Iterator[str]:
    meta = manifest.get("metadata", {})
    yield from (meta.get("name", ""), meta.get("namespace", ""))
    for key, value in {**meta.get("labels", {}), **meta.get("annotations", {})}.items():
        yield f"{key} {value}"


def test_every_cause_is_a_failure_class_of_the_responder() -> None:
    causes = [cause for s in SCENARIOS.values() if s.expected for cause in s.expected.causes]
    names = {name for cause in causes for name in (cause.failure_class, *cause.also_classes)}
    assert names <= {kind.name for kind in load()}


def test_every_area_of_failures_has_a_scenario() -> None:
    catalogue = load()
    causes = [cause for s in SCENARIOS.values() if s.expected for cause in s.expected.causes]
    assert {catalogue[cause.failure_class].area for cause in causes} == {kind.area for kind in catalogue}


def test_two_at_once_and_nothing_at_all_are_among_the_scenarios() -> None:
    expected = [s.expected for s in SCENARIOS.values() if s.expected]
    assert len(expected) >= 24
    assert any(len(answer.causes) > 1 for answer in expected)
    assert {answer.end.reason for answer in expected} >= {"fixed", "recovered", "no_fault", "no_safe_action"}
