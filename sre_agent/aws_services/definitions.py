"""Each table and bucket as it has to be: what tests, the lab and `sre-agent aws create` make, and what Terraform has to
agree with.

A table's keys and indexes are data here; that it is billed by request, encrypted, restorable to any second of the last
35 days and forgets what has expired is the same for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sre_agent.aws_services.clients import AwsServices
from sre_agent.settings import StateAccess

EXPIRY: Final = "ttl"  # the attribute with the epoch seconds from which an item may be deleted


@dataclass(frozen=True)
class Table:
    """`keys` are (name, type) of the partition key and, where there is one, the sort key; `indexes` the same by the
    name of a global secondary index, which carries all attributes. Types are S, N or B."""

    name: str
    keys: tuple[tuple[str, str], ...]
    indexes: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    expiry: str = EXPIRY

    def request(self) -> dict[str, Any]:
        """The parameters of dynamodb:CreateTable."""
        attributes = dict(key for keys in (self.keys, *self.indexes.values()) for key in keys)
        indexes = [
            {"IndexName": name, "KeySchema": _schema(keys), "Projection": {"ProjectionType": "ALL"}}
            for name, keys in self.indexes.items()
        ]
        return {
            "TableName": self.name,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": _schema(self.keys),
            "AttributeDefinitions": [{"AttributeName": n, "AttributeType": kind} for n, kind in attributes.items()],
            "SSESpecification": {"Enabled": True},
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        }


def tables(settings: StateAccess) -> dict[str, Table]:
    """Every table of these settings, by the slot that uses it."""
    return {
        "store": Table(settings.store_table, (("pk", "S"), ("sk", "S")), {"lists": (("list", "S"), ("place", "S"))}),
        "checkpoint": Table(settings.checkpoint_table, (("PK", "S"), ("SK", "S"))),
        "used_permits": Table(settings.used_permits_table, (("id", "S"),)),
    }


def create_table(services: AwsServices, table: Table) -> None:
    """For development: make it, and wait until it is there. Raises what `AwsServices.ask` raises."""
    services.ask("dynamodb", "create_table", **table.request())
    services.client("dynamodb").get_waiter("table_exists").wait(TableName=table.name, WaiterConfig={"Delay": 1})
    services.ask(
        "dynamodb",
        "update_time_to_live",
        TableName=table.name,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": table.expiry},
    )
    services.ask(
        "dynamodb",
        "update_continuous_backups",
        TableName=table.name,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )


def create_bucket(services: AwsServices, bucket: str) -> None:
    """For development: a private, versioned, encrypted bucket. Raises what `AwsServices.ask` raises."""
    region = services.client("s3").meta.region_name
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    services.ask("s3", "create_bucket", Bucket=bucket, **where)
    no_public_access = dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )
    services.ask("s3", "put_public_access_block", Bucket=bucket, PublicAccessBlockConfiguration=no_public_access)
    services.ask("s3", "put_bucket_versioning", Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def _schema(keys: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    roles = ("HASH", "RANGE")
    return [{"AttributeName": name, "KeyType": role} for (name, _), role in zip(keys, roles, strict=False)]
