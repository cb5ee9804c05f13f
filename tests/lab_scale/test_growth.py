"""Work grows with the number of pods, not with its square: counted in calls, so that no machine is too slow."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

from sre_lab import history
from sre_lab.kubernetes import kinds
from sre_lab.kubernetes.read_requests import list_
from sre_lab.kubernetes.requests import ApiRequest
from sre_lab.world import World
from tests.bench.crowd import crowd

NOW = 1_800_000_000.0


def calls(action: Callable[[], object]) -> int:
    """How many functions, of Python and of C, `action` calls."""
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        if event in ("call", "c_call"):
            count += 1

    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(None)
    return count


def lab(nodes: int, deployments: int, replicas: int = 10) -> World:
    return history.build(crowd(nodes=nodes, deployments=deployments, replicas=replicas, history="45s"), now=NOW)


def running(world: World) -> int:
    return sum(pod["status"]["phase"] == "Running" for pod in world.objects.all("Pod"))


def test_four_times_the_pods_on_four_times_the_nodes_cost_about_four_times_the_work() -> None:
    lab(2, 1)  # what is read and compiled once
    worlds: list[World] = []
    small = calls(lambda: worlds.append(lab(4, 4)))
    large = calls(lambda: worlds.append(lab(16, 16)))
    assert running(worlds[1]) - running(worlds[0]) == 120
    assert large < 4.3 * small


def test_more_replicas_of_one_deployment_cost_in_proportion() -> None:
    lab(2, 1)
    small = calls(lambda: lab(10, 1, replicas=20))
    large = calls(lambda: lab(10, 1, replicas=80))
    assert large < 4.3 * small


def test_a_cluster_at_rest_works_in_proportion_to_its_size() -> None:
    small, large = lab(4, 4), lab(16, 16)
    rest = [calls(lambda w=world: w.clock.advance(60)) for world in (small, large)]  # type: ignore[misc]
    assert rest[1] < 4.3 * rest[0]


def test_a_page_costs_what_it_shows_and_not_what_there_is() -> None:
    resource = kinds.find("", "v1", "pods")
    assert resource is not None
    call = ApiRequest(resource, "", "", "", "list", "json", {"limit": "5"})
    costs = []
    for deployments in (2, 20):
        world = lab(8, deployments)
        list_(world, call)
        costs.append(calls(lambda w=world: list_(w, call)))  # type: ignore[misc]
    assert costs[1] < costs[0] + 20
