"""What the rest of the lab may know about DynamoDB tables: the capacity that moto holds for them."""

from __future__ import annotations

from functools import partial
from typing import cast

from sre_lab.aws.moto import backend
from sre_lab.scenario import TableSpec
from sre_lab.world import World


def connect(world: World) -> None:
    """Let the world know what capacity its tables have."""
    world.table_capacity = partial(capacity, world)


def create(world: World, table: TableSpec) -> None:
    """A table with one string key and provisioned capacity."""
    backend(world, "dynamodb").create_table(
        name=table.name,
        schema=[{"AttributeName": table.key, "KeyType": "HASH"}],
        throughput={"ReadCapacityUnits": table.read_units, "WriteCapacityUnits": table.write_units},
        attr=[{"AttributeName": table.key, "AttributeType": "S"}],
        global_indexes=None,
        indexes=None,
        streams=None,
        billing_mode="PROVISIONED",
        sse_specification=None,
        tags=[],
        deletion_protection_enabled=False,
        warm_throughput=None,
    )


def capacity(world: World, name: str) -> tuple[int, int] | None:
    """Provisioned (read, write) units per second; None for a table that does not exist or is on demand."""
    table = backend(world, "dynamodb").tables.get(name)
    if table is None or table.billing_mode == "PAY_PER_REQUEST":
        return None
    units = cast(dict[str, int], table.throughput)
    return int(units["ReadCapacityUnits"]), int(units["WriteCapacityUnits"])
