"""A scenario's past, lived through by the same rules as everything that comes later.

Nothing here sets a status. The cluster is created, behaviour starts, the manifests are applied, faults happen when
their time comes, and the clock runs to the present; what a responder then finds has happened.
"""

from __future__ import annotations

from functools import partial

from sre_lab import addons, instrumentation
from sre_lab.aws.provision import provision
from sre_lab.behaviour import controllers, kubelet
from sre_lab.behaviour.kubelet.registry import references
from sre_lab.facts import apply_manifests, create_cluster, inject_fault
from sre_lab.scenario import Scenario
from sre_lab.world import World, new_world


def build(scenario: Scenario, *, now: float) -> World:
    """The world of `scenario` at `now` (epoch seconds), its history simulated and its future faults scheduled.

    ScenarioError when a fault or a manifest names something that does not exist.
    """
    world = new_world(scenario.cluster, now - scenario.history, scenario.seed)
    world.images.update(scenario.images)
    world.references.update(references(scenario))
    world.dependencies.update({dependency.name: dependency for dependency in scenario.dependencies})
    world.traffic.update({(traffic.namespace, traffic.service): traffic for traffic in scenario.traffic})
    create_cluster(world)
    controllers.start(world)
    kubelet.start(world)
    provision(world, scenario)
    for addon in map(addons.load, scenario.addons):
        world.images.update(addon.images)
        apply_manifests(world, addon.manifests)
    apply_manifests(world, scenario.manifests)
    instrumentation.start(world)
    for fault in scenario.faults:
        world.clock.at(now + fault.at, partial(inject_fault, world, fault))
    world.clock.advance_to(now)
    return world
