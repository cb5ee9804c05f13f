"""The memory of used permits in one DynamoDB table: for executing servers on several machines.

A permit and the epoch of its incident's writer are one transaction: of two servers that are given the same permit at
the same instant one begins, and after a later writer no earlier one does.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from mcp_servers.contract.permits import Permit, PermitError
from mcp_servers.serving.state_table import CONDITION, StateTable, UnmetConditionError
from mcp_servers.writing.used_permits import Use

KEPT: Final = timedelta(days=90)  # after a permit expired; from its expiry on nothing is executed with it anyway
KEY_EPOCH: Final = "key-epoch"


class DynamoUsedPermits:
    """`mcp_servers.writing.used_permits.UsedPermits` over one table."""

    def __init__(self, table: StateTable) -> None:
        self._table = table

    def begin(self, permit: Permit) -> Use | None:
        """None when this is the first use (now begun), else what is known of the earlier one.

        Raises PermitError `stale_epoch` when a later writer of the same incident has been here.
        """
        name, epoch = self._table.name, {"N": str(permit.epoch)}
        item = {
            "id": {"S": _permit(permit.id)},
            "incident": {"S": permit.incident},
            "epoch": epoch,
            "call": {"S": permit.call},
            "ttl": {"N": str(int((permit.expires_at + KEPT).timestamp()))},
        }
        first = {"TableName": name, "Item": item, "ConditionExpression": "attribute_not_exists(id)"}
        latest = {
            "TableName": name,
            "Key": {"id": {"S": _writer(permit.incident)}},
            "UpdateExpression": "SET epoch = :epoch",
            "ConditionExpression": "attribute_not_exists(id) OR epoch <= :epoch",
            "ExpressionAttributeValues": {":epoch": epoch},
        }
        try:
            self._table.ask("transact_write_items", TransactItems=[{"Put": first}, {"Update": latest}])
        except UnmetConditionError as problem:
            if problem.codes[0] == CONDITION:
                return self.peek(permit.id)
            newest = self._table.get(_writer(permit.incident)) or {"epoch": {"N": "?"}}
            raise PermitError(
                "stale_epoch",
                f"Incident {permit.incident} has a later writer ({newest['epoch']['N']}, this permit: {permit.epoch}).",
            ) from problem
        return None

    def peek(self, permit_id: str) -> Use | None:
        item = self._table.get(_permit(permit_id))
        return None if item is None else Use(json.loads(item["outcome"]["S"]) if "outcome" in item else None)

    def end(self, permit_id: str, outcome: dict[str, Any]) -> None:
        self._table.ask(
            "update_item",
            TableName=self._table.name,
            Key={"id": {"S": _permit(permit_id)}},
            UpdateExpression="SET outcome = :outcome",
            ConditionExpression="attribute_exists(id)",
            ExpressionAttributeValues={":outcome": {"S": json.dumps(outcome)}},
        )

    def least_epoch(self, epoch: int) -> int:
        item = self._table.get(KEY_EPOCH)
        current = int(item["least"]["N"]) if item else 0
        if epoch > current:
            with suppress(UnmetConditionError):  # another server has been told of a higher one meanwhile
                self._table.ask(
                    "update_item",
                    TableName=self._table.name,
                    Key={"id": {"S": KEY_EPOCH}},
                    UpdateExpression="SET #least = :least",
                    ConditionExpression="attribute_not_exists(id) OR #least < :least",
                    ExpressionAttributeNames={"#least": "least"},
                    ExpressionAttributeValues={":least": {"N": str(epoch)}},
                )
        return max(current, epoch)


def _permit(id_: str) -> str:
    return f"permit#{id_}"


def _writer(incident: str) -> str:
    return f"incident#{incident}"


def open_at(where: str) -> DynamoUsedPermits:
    """The memory in the table of this name, which is there already. Raises ValueError."""
    return DynamoUsedPermits(StateTable(where))
