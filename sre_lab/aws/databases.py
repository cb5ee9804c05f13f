"""The database instances of the account: the dependencies of kind rds, as RDS shows and changes them.

Only what a runbook does to an instance is answered here (describe, grow, reboot); moto has the rest of the service and
knows none of these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from sre_lab.aws.errors import AwsError
from sre_lab.aws.per_world import PerWorld
from sre_lab.scenario import Dependency
from sre_lab.world import World

Params = dict[str, Any]
GROWS_SECONDS: Final = 30.0  # until a larger volume can be used
OPTIMIZES_SECONDS: Final = 120.0  # after that, while it serves
REBOOTS_SECONDS: Final = 20.0
LEAST_GROWTH: Final = 1.1  # times what there is, as RDS asks for


@dataclass
class InstanceStates:
    """What an instance is at, by name, where it is not `available`; those that run in their second zone."""

    status: dict[str, str] = field(default_factory=dict)
    failed_over: set[str] = field(default_factory=set)


_states = PerWorld(InstanceStates)


def describe(world: World, params: Params) -> Params:
    name = params.get("DBInstanceIdentifier", "")
    names = [name] if name else sorted(one.name for one in world.dependencies.values() if one.kind == "rds")
    return {"DBInstances": [_shape(world, _database(world, one)) for one in names]}


def modify(world: World, params: Params) -> Params:
    """A larger volume; nothing else of an instance is changed here."""
    database = _database(world, params["DBInstanceIdentifier"])
    _refuse_busy(world, database, ("available", "storage-full"))
    size = float(params.get("AllocatedStorage") or database.storage_gib)
    if size != database.storage_gib:
        if size < LEAST_GROWTH * database.storage_gib:
            text = f"Invalid storage size: {size:g} GiB is not {LEAST_GROWTH:g} times {database.storage_gib:g} GiB."
            raise AwsError("InvalidParameterCombination", text)
        _states.of(world).status[database.name] = "modifying"
        world.clock.after(GROWS_SECONDS, lambda: _grow(world, database.name, size))
    return {"DBInstance": _shape(world, database)}


def reboot(world: World, params: Params) -> Params:
    database = _database(world, params["DBInstanceIdentifier"])
    _refuse_busy(world, database, ("available", "storage-full"))
    states = _states.of(world)
    if params.get("ForceFailover"):
        if not database.multi_az:
            raise AwsError("InvalidParameterCombination", "ForceFailover needs a Multi-AZ instance.")
        states.failed_over ^= {database.name}
    states.status[database.name] = "rebooting"
    was_up = database.up
    world.dependencies[database.name] = database.model_copy(update={"up": False})
    world.clock.after(REBOOTS_SECONDS, lambda: _come_back(world, database.name, was_up))
    return {"DBInstance": _shape(world, database)}


OPERATIONS: Final[dict[str, Callable[[World, Params], Params]]] = {
    "DescribeDBInstances": describe,
    "ModifyDBInstance": modify,
    "RebootDBInstance": reboot,
}


def _grow(world: World, name: str, size: float) -> None:
    database, states = world.dependencies[name], _states.of(world)
    used = database.storage_used * database.storage_gib / size
    world.dependencies[name] = database.model_copy(update={"storage_gib": size, "storage_used": used})
    states.status[name] = "storage-optimization"
    world.clock.after(OPTIMIZES_SECONDS, lambda: _settle(world, name))


def _settle(world: World, name: str) -> None:
    _states.of(world).status.pop(name, None)


def _come_back(world: World, name: str, was_up: bool) -> None:
    world.dependencies[name] = world.dependencies[name].model_copy(update={"up": was_up})
    _settle(world, name)


def _status(world: World, database: Dependency) -> str:
    full = "storage-full" if database.storage_used >= 1.0 else "available"
    return _states.of(world).status.get(database.name, full)


def _refuse_busy(world: World, database: Dependency, states: tuple[str, ...]) -> None:
    status = _status(world, database)
    if status not in states:
        text = f"Database instance {database.name} is {status}, not {' or '.join(states)}."
        raise AwsError("InvalidDBInstanceState", text)


def _database(world: World, name: str) -> Dependency:
    database = world.dependencies.get(name)
    if database is None or database.kind != "rds":
        raise AwsError("DBInstanceNotFound", f"DBInstance {name} not found.", status=404)
    return database


def _shape(world: World, database: Dependency) -> Params:
    region = world.cluster.region
    zones = [f"{region}a", f"{region}b"]
    if database.name in _states.of(world).failed_over:
        zones.reverse()
    shape: Params = {
        "DBInstanceIdentifier": database.name,
        "DBInstanceStatus": _status(world, database),
        "DBInstanceClass": "db.m6g.large",
        "Engine": "postgres",
        "AllocatedStorage": int(database.storage_gib),
        "AvailabilityZone": zones[0],
        "MultiAZ": database.multi_az,
        "DBInstanceArn": f"arn:aws:rds:{region}:{world.cluster.account}:db:{database.name}",
    }
    return shape | ({"SecondaryAvailabilityZone": zones[1]} if database.multi_az else {})
