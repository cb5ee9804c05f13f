"""Where containers, endpoints, dependencies and traffic become metrics and log events.

`start` lets a world measure itself from now on. Nothing here decides what is broken: each number follows from the
objects, the images' behaviour and the dependencies as they are at that moment, so that what heals is seen to heal.
"""

from __future__ import annotations

from sre_lab.instrumentation.endpoints import CrashCounter
from sre_lab.instrumentation.entry_points import IngressAddressPublisher
from sre_lab.instrumentation.exporters import Exporters
from sre_lab.instrumentation.identity import PodRoles
from sre_lab.instrumentation.insights import ContainerInsights
from sre_lab.instrumentation.journals import NodeJournals
from sre_lab.instrumentation.log_shipping import LogShipper
from sre_lab.instrumentation.queues import MessageQueues
from sre_lab.instrumentation.requests import RequestMetrics
from sre_lab.world import World

TICK_SECONDS = 5.0  # between two looks at the traffic
COUNTERS_SECONDS = 15.0  # between two scrapes of the request counters
SCRAPE_SECONDS = 30.0  # between two scrapes of pods and workloads
INSIGHTS_SECONDS = 60.0  # between two looks of Container Insights' agent


def start(world: World) -> None:
    """Measure the traffic each 5 s of virtual time, the cluster each 30 and 60; ship container lines as they come."""
    PodRoles(world)
    NodeJournals(world)
    IngressAddressPublisher(world)
    requests = RequestMetrics(world, CrashCounter(world), TICK_SECONDS)
    world.containers.on_line(LogShipper(world).on_line)
    world.clock.every(TICK_SECONDS, requests.measure)
    world.clock.every(TICK_SECONDS, MessageQueues(world, TICK_SECONDS).measure)
    world.clock.every(COUNTERS_SECONDS, requests.expose)
    world.clock.every(INSIGHTS_SECONDS, ContainerInsights(world).measure)
    world.clock.every(SCRAPE_SECONDS, lambda: scrape(world))


def scrape(world: World) -> None:
    """Bring the Prometheus samples of the cluster's objects up to now; a second one within a second does nothing."""
    world.memory(Exporters, lambda: Exporters(world)).scrape()
