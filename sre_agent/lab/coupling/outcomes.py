"""What becomes of the requests to one backend, from facts alone: its image, its dependencies, its tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sre_agent.lab.aws import tables
from sre_agent.lab.behaviour.kubelet.process import profile_of
from sre_agent.lab.coupling.endpoints import Backend
from sre_agent.lab.scenario import Dependency, Traffic
from sre_agent.lab.world import World

TIMEOUT_MS = 1000.0  # a caller's patience with a dependency that does not answer
RETRIES_FACTOR = 4.0  # a throttled call is retried with back-off by every SDK


@dataclass(frozen=True)
class Outcome:
    """`share` of the requests fails; `dependency` is why, where one is the reason; `latency_ms` of the failed ones."""

    share: float
    dependency: Dependency | None = None
    latency_ms: float = 0.0


@dataclass(frozen=True)
class TableLoad:
    """Write units per second that are asked of a table, and what it is provisioned for."""

    demand: float
    units: int
    read_units: int

    @property
    def throttled(self) -> float:
        return max(0.0, 1.0 - self.units / self.demand) if self.demand > 0 else 0.0


def table_loads(world: World, served: Iterable[Traffic]) -> dict[str, TableLoad]:
    """The load that the served traffic puts on tables, by name; a table that moto does not know is absent."""
    demands: dict[str, float] = {}
    for traffic in served:
        for dependency in _needed(world, traffic):
            if dependency.kind == "dynamodb":
                asked = traffic.rate * dependency.write_units_per_request
                demands[dependency.name] = demands.get(dependency.name, 0.0) + asked
    loads = {}
    for name, demand in demands.items():
        capacity = tables.capacity(world, name)
        if capacity is not None:
            loads[name] = TableLoad(demand, units=capacity[1], read_units=capacity[0])
    return loads


def outcome(world: World, backend: Backend, traffic: Traffic, loads: dict[str, TableLoad]) -> Outcome:
    """How the requests to this backend end."""
    if backend.container is None:
        return Outcome(1.0)
    profile = profile_of(world, backend.container.get("image", ""))
    if not profile.serves:
        return Outcome(1.0)
    dependencies = list(_needed(world, traffic))
    for dependency in dependencies:
        if not dependency.up:
            return Outcome(1.0, dependency, TIMEOUT_MS)
    worst = Outcome(profile.failing_share, None, traffic.latency_ms)
    for dependency in dependencies:
        load = loads.get(dependency.name)
        if load is not None and load.throttled > worst.share:
            worst = Outcome(load.throttled, dependency, traffic.latency_ms * RETRIES_FACTOR)
    return worst


def _needed(world: World, traffic: Traffic) -> Iterable[Dependency]:
    return (world.dependencies[name] for name in traffic.depends_on if name in world.dependencies)
