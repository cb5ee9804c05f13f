"""Where a server reads the public keys of permits from: a file, or an item of the table of used permits."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from mcp_servers.contract.permit_keys import ITEM, KeyFile, KeySource, PermitKeySet
from mcp_servers.serving.state_table import StateTable

TABLE: Final = "dynamodb:"


class KeyItem:
    """The keys in a table, read whenever a permit is verified: what is revoked counts nowhere from then on."""

    def __init__(self, where: str) -> None:
        self._table = StateTable(where)

    def __call__(self) -> PermitKeySet:
        item = self._table.get(ITEM)
        if item is None:
            raise ValueError(f"table {self._table.name} holds no permit keys yet")
        return PermitKeySet.model_validate_json(item["keys"]["S"])


def key_source(address: str) -> KeySource:
    """`dynamodb:TABLE`, or the path of a file. Raises ValueError where that cannot be meant."""
    return KeyItem(address.removeprefix(TABLE)) if address.startswith(TABLE) else KeyFile(Path(address))
