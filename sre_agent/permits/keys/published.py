"""The public keys of permits where executing servers on any machine read them: an item beside the used permits.

Every change is conditional on the version that was read, so two at a time are made one after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pydantic import ValidationError

from mcp_servers.contract.permit_keys import ITEM, PermitKeySet
from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.conditions import ConditionFailedError
from sre_agent.errors import SettingsError, TemporaryError

ATTEMPTS: Final = 10


class PublishedKeys:
    def __init__(self, services: AwsServices, table: str) -> None:
        self._services, self._table = services, table

    def read(self) -> tuple[PermitKeySet, int]:
        """The set and its version, 0 where none was written yet. Raises SettingsError."""
        answer = self._services.ask(
            "dynamodb", "get_item", TableName=self._table, Key={"id": {"S": ITEM}}, ConsistentRead=True
        )
        if "Item" not in answer:
            return PermitKeySet(), 0
        try:
            keys = PermitKeySet.model_validate_json(answer["Item"]["keys"]["S"])
        except (ValidationError, KeyError) as problem:
            raise SettingsError(
                f"The item {ITEM} of table {self._table} is damaged. Remove it, and it is made anew."
            ) from problem
        return keys, int(answer["Item"]["version"]["N"])

    def change(self, edit: Callable[[PermitKeySet], PermitKeySet]) -> PermitKeySet:
        for _ in range(ATTEMPTS):
            before, version = self.read()
            after = edit(before)
            if after == before:
                return after
            item = {"id": {"S": ITEM}, "keys": {"S": after.model_dump_json()}, "version": {"N": str(version + 1)}}
            try:
                self._services.ask(
                    "dynamodb",
                    "put_item",
                    TableName=self._table,
                    Item=item,
                    ConditionExpression="attribute_not_exists(id) OR version = :version",
                    ExpressionAttributeValues={":version": {"N": str(version)}},
                )
            except ConditionFailedError:
                continue  # changed meanwhile: what it is now decides
            return after
        raise TemporaryError(f"The permit keys of table {self._table} are changed by others again and again.")
