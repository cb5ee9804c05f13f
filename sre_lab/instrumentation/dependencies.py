"""What AWS itself measures of the tables and databases that the traffic uses."""

from __future__ import annotations

from sre_lab.instrumentation.demand import DatabaseConnections, DependencyDemand, TableLoad
from sre_lab.scenario import Dependency
from sre_lab.world import World

IDLE_CPU = 6.0  # percent
CPU_PER_CONNECTION = 0.9
GIB = 1024.0**3


def measure(world: World, demand: DependencyDemand, backend_counts: dict[str, int], span: float) -> None:
    """One sample of each metric for the last `span` seconds; `backend_counts`: ready backends by dependency."""
    at = world.clock.now() - span
    for name in sorted(backend_counts.keys() | demand.connections.keys()):
        dependency = world.dependencies.get(name)
        if dependency is None:
            continue
        connections = demand.connections.get(name, DatabaseConnections(0, dependency.max_connections))
        if dependency.kind == "dynamodb" and name in demand.tables:
            _table(world, dependency, demand.tables[name], at, span)
        elif dependency.kind == "rds":
            _database(world, dependency, connections, at)
        elif dependency.kind == "elasticache":
            _cache(world, dependency, connections, at)


def _table(world: World, dependency: Dependency, load: TableLoad, at: float, span: float) -> None:
    """Throttling counters are sent only when there is something to count, as DynamoDB does."""
    metrics, dimensions = world.metrics, {"TableName": dependency.name}
    units = dependency.write_units_per_request or 1.0
    requests = load.demand * span / units if dependency.up else 0.0
    throttled = round(requests * load.throttled)
    successes = round(requests) - throttled
    metrics.put("AWS/DynamoDB", "ProvisionedWriteCapacityUnits", dimensions, at, float(load.units), unit="Count")
    metrics.put("AWS/DynamoDB", "ProvisionedReadCapacityUnits", dimensions, at, float(load.read_units), unit="Count")
    if successes:
        metrics.put("AWS/DynamoDB", "ConsumedWriteCapacityUnits", dimensions, at, units, unit="Count", count=successes)
        latency = round(4.0 + 2.0 * world.random.random(), 2)
        operation = {**dimensions, "Operation": "PutItem"}
        metrics.put(
            "AWS/DynamoDB", "SuccessfulRequestLatency", operation, at, latency, unit="Milliseconds", count=successes
        )
        metrics.put(
            "AWS/DynamoDB", "SuccessfulRequestLatency", dimensions, at, latency, unit="Milliseconds", count=successes
        )
    if throttled:
        operation = {**dimensions, "Operation": "PutItem"}
        metrics.put("AWS/DynamoDB", "WriteThrottleEvents", dimensions, at, 1.0, unit="Count", count=throttled)
        for where in (dimensions, operation):
            metrics.put("AWS/DynamoDB", "ThrottledRequests", where, at, 1.0, unit="Count", count=throttled)


def _database(world: World, dependency: Dependency, connections: DatabaseConnections, at: float) -> None:
    metrics, dimensions = world.metrics, {"DBInstanceIdentifier": dependency.name}
    number = connections.granted if dependency.up else 0
    metrics.put("AWS/RDS", "DatabaseConnections", dimensions, at, float(number), unit="Count")
    if not dependency.up:  # an instance that is gone reports no load
        return
    percent = IDLE_CPU + CPU_PER_CONNECTION * min(number, 60) + world.random.random()
    metrics.put("AWS/RDS", "CPUUtilization", dimensions, at, round(min(percent, 100.0), 2), unit="Percent")
    free = max(0.0, dependency.storage_gib * (1.0 - dependency.storage_used)) * GIB
    metrics.put("AWS/RDS", "FreeStorageSpace", dimensions, at, free, unit="Bytes")


def _cache(world: World, dependency: Dependency, connections: DatabaseConnections, at: float) -> None:
    dimensions = {"CacheClusterId": dependency.name}
    number = connections.granted if dependency.up else 0
    world.metrics.put("AWS/ElastiCache", "CurrConnections", dimensions, at, float(number), unit="Count")
    if dependency.up:
        percent = round(4.0 + 2.0 * world.random.random(), 2)
        world.metrics.put("AWS/ElastiCache", "EngineCPUUtilization", dimensions, at, percent, unit="Percent")
