"""The memory of every write: begun before it, ended after it, kept across restarts and shared by all executing servers
of one identity. The contract; one file per technology beside it.

A permit id stands here at most once. One that was begun and has no outcome is in doubt: the process died in between,
and only the live system can tell. Every call is durable when it returns.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, Protocol

from mcp_servers.contract.permits import Permit

USUAL: Final = "sqlite"  # what an address without a technology means: a file


@dataclass(frozen=True)
class Use:
    """`outcome` is the recorded answer as JSON, None while in doubt."""

    outcome: dict[str, Any] | None


class UsedPermits(Protocol):
    def begin(self, permit: Permit) -> Use | None:
        """None when this is the first use (now begun), else what is known of the earlier one.

        Raises PermitError `stale_epoch` when a later writer of the same incident has been here.
        """

    def peek(self, permit_id: str) -> Use | None: ...

    def end(self, permit_id: str, outcome: dict[str, Any]) -> None: ...

    def least_epoch(self, epoch: int) -> int:
        """The highest epoch that was ever `epoch` as the least one of keys that are not revoked."""


def open_used_permits(address: str) -> UsedPermits:
    """`TECHNOLOGY:WHERE`, or the path of a file. Raises ValueError where there is no such technology."""
    technology, colon, where = address.partition(":")
    there = sorted(m.name for m in pkgutil.iter_modules(__path__))
    if not colon or "/" in technology:
        technology, where = USUAL, address
    if technology not in there:
        raise ValueError(f"there is no memory of used permits {technology!r}; there are {', '.join(there)}")
    used_permits: UsedPermits = import_module(f"{__name__}.{technology}").open_at(where)
    return used_permits
