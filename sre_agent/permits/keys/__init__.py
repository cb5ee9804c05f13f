"""Where the key is that signs permits, and where servers find its public half. The contract; one file per technology.

A change of the public set is one step, whoever else changes it at the same time: else a revocation could be undone by
a rotation that had read the set before it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from mcp_servers.contract.permit_keys import PermitKeySet


class Signer(Protocol):
    @property
    def public(self) -> str:
        """Base64 of the 32 bytes of the public key."""

    @property
    def id(self) -> str: ...

    def sign(self, content: bytes) -> bytes:
        """The 64 bytes of an Ed25519 signature."""


@dataclass(frozen=True)
class NextKey:
    """A key that is there and does not sign yet; after `activate` it does, for every process."""

    public: str
    activate: Callable[[], None]


class KeyHolder(Protocol):
    """Unless `is_local`, a method may wait for a service, so none is called in an event loop. Raises SettingsError."""

    @property
    def is_local(self) -> bool:
        """Whether everything is on this machine, so that nothing is waited for."""

    @property
    def address(self) -> str:
        """What executing servers are given as --permit-keys."""

    def active(self) -> Signer:
        """The key that signs now, made at the first use where this technology makes keys."""

    def prepare(self) -> NextKey: ...

    def keys(self) -> PermitKeySet:
        """The public keys as servers read them; none where none was ever written."""

    def change(self, edit: Callable[[PermitKeySet], PermitKeySet]) -> PermitKeySet:
        """Replace the set by what `edit` makes of it as it is now; `edit` may be called again. The set afterwards."""
