"""What is asked of the dependencies as a whole: capacity units of tables, connections of databases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sre_lab.behaviour.kubelet.process import profile_of, running_processes
from sre_lab.instrumentation.endpoints import PodBackend
from sre_lab.instrumentation.identity import refusal
from sre_lab.scenario import Dependency, Traffic
from sre_lab.world import World

BOUND = ("rds", "elasticache")  # kinds that count connections


@dataclass(frozen=True)
class TableLoad:
    """Write units per second that are asked of a table, and what it is provisioned for."""

    demand: float
    units: int
    read_units: int

    @property
    def throttled(self) -> float:
        return max(0.0, 1.0 - self.units / self.demand) if self.demand > 0 else 0.0


@dataclass(frozen=True)
class DatabaseConnections:
    """How many connections are wanted of a database, and how many it grants at most (0: as many as one likes)."""

    requested: int
    most: int

    @property
    def granted(self) -> int:
        return min(self.requested, self.most) if self.most else self.requested

    @property
    def refusal_rate(self) -> float:
        return 1.0 - self.granted / self.requested if self.requested else 0.0


@dataclass(frozen=True)
class DependencyDemand:
    """By name of the dependency; a table that the account does not have is absent."""

    tables: dict[str, TableLoad]
    connections: dict[str, DatabaseConnections]


ServedRate = tuple[Traffic, PodBackend, float]  # requests per second of one Service at one of its backends


def measure(world: World, rates: Iterable[ServedRate]) -> DependencyDemand:
    """What all backends together ask of their dependencies; one that is not let in asks for nothing."""
    using = [
        (dependency, rate)
        for traffic, backend, rate in rates
        for dependency in needed_dependencies(world, traffic)
        if dependency.kind in ("dynamodb", *BOUND) and _is_let_in(world, backend, dependency)
    ]
    return DependencyDemand(_tables(world, using), _connections(world, using))


def _is_let_in(world: World, backend: PodBackend, dependency: Dependency) -> bool:
    container = backend.container
    if container is None or not (dependency.allowed_roles or dependency.password):
        return container is not None
    return refusal(world, backend.pod, container, dependency) is None


def needed_dependencies(world: World, traffic: Traffic) -> list[Dependency]:
    return [world.dependencies[name] for name in traffic.depends_on if name in world.dependencies]


def _tables(world: World, using: list[tuple[Dependency, float]]) -> dict[str, TableLoad]:
    demand: dict[str, float] = {}
    for dependency, rate in using:
        if dependency.kind == "dynamodb":
            demand[dependency.name] = demand.get(dependency.name, 0.0) + rate * dependency.write_units_per_request
    loads = {}
    for name, units in demand.items():
        capacity = world.table_capacity(name)
        if capacity is not None:
            loads[name] = TableLoad(units, units=capacity[1], read_units=capacity[0])
    return loads


def _connections(world: World, using: list[tuple[Dependency, float]]) -> dict[str, DatabaseConnections]:
    """Each pod behind a Service keeps a pool, and programs hold what their image says whether anybody asks or not."""
    pools: dict[str, int] = {}
    for dependency, _ in using:
        if dependency.kind in BOUND:
            pools[dependency.name] = pools.get(dependency.name, 0) + dependency.pool
    if any(image.holds_connections for image in world.images.values()):
        for process in running_processes(world).values():
            for name, number in profile_of(world, process.image).holds_connections.items():
                if name in world.dependencies:
                    pools[name] = pools.get(name, 0) + number
    connections = {}
    for name, number in pools.items():
        dependency = world.dependencies[name]
        connections[name] = DatabaseConnections(number + dependency.other_connections, dependency.max_connections)
    return connections
