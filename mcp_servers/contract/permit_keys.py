"""The public keys that permits are verified with: several at once, so that keys are exchanged without a gap.

The responder keeps the set in a file, or in a table that servers on other machines read; they notice when it changed.
Each key has an epoch. Whatever epoch is below the least one that a set has ever named was revoked, also where an older
set comes back: servers remember it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

LASTING: Final = 2**62  # the epoch of a key that a server was started with: no file revokes it
ITEM: Final = "permit-keys"  # the id of the set in a table, beside the used permits
ID_LENGTH: Final = 16  # hex digits of a public key's SHA-256: enough to tell keys apart for people


def key_id(public: str) -> str:
    """The short name of a public key, given in base64."""
    return hashlib.sha256(base64.b64decode(public)).hexdigest()[:ID_LENGTH]


class PermitKey(BaseModel):
    """`public` is base64 of its 32 bytes. `accepted_until`: it signs no more, and is of no use after that."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    public: str
    epoch: int = Field(ge=0)
    made_at: AwareDatetime | None = None
    accepted_until: AwareDatetime | None = None

    @property
    def id(self) -> str:
        return key_id(self.public)

    def has_signed(self, signature: bytes, content: bytes) -> bool:
        """False also where it is no key at all."""
        try:
            Ed25519PublicKey.from_public_bytes(base64.b64decode(self.public, validate=True)).verify(signature, content)
        except (ValueError, InvalidSignature):
            return False
        return True


class PermitKeySet(BaseModel):
    """`least_epoch`: keys of an epoch below it are revoked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    least_epoch: int = Field(default=0, ge=0, lt=LASTING)
    keys: tuple[PermitKey, ...] = ()

    def signer(self, signature: bytes, content: bytes) -> PermitKey | None:
        return next((key for key in self.keys if key.has_signed(signature, content)), None)

    def is_retired(self, key: PermitKey, now: datetime) -> bool:
        return key.accepted_until is not None and now >= key.accepted_until

    def is_revoked(self, key: PermitKey) -> bool:
        return key.epoch < self.least_epoch


class KeyFile:
    """The set of keys in a file, read again when it changed."""

    def __init__(self, path: Path) -> None:
        """Reads it. Raises OSError or ValueError."""
        self._path, self._stamp, self._read = path, (0, 0, 0), PermitKeySet()
        self()

    def __call__(self) -> PermitKeySet:
        there = self._path.stat()
        stamp = (there.st_mtime_ns, there.st_size, there.st_ino)
        if stamp != self._stamp:
            self._read = PermitKeySet.model_validate_json(self._path.read_text(encoding="utf-8"))
            self._stamp = stamp
        return self._read


KeySource = Callable[[], PermitKeySet]
"""The keys as they are now. Raises OSError or ValueError where they cannot be read."""


class PermitKeys:
    """The keys of one server: those that it was started with, and those of a source that may change while it runs."""

    def __init__(self, public: Sequence[str] = (), source: KeySource | None = None) -> None:
        """`public` are base64. ValueError where one is no key."""
        for one in public:
            Ed25519PublicKey.from_public_bytes(base64.b64decode(one, validate=True))
        self._own = tuple(PermitKey(public=one, epoch=LASTING) for one in public)
        self._source = source

    def current(self) -> PermitKeySet:
        """As the source says now. Raises OSError or ValueError where it cannot be read: then nothing is verified."""
        there = PermitKeySet() if self._source is None else self._source()
        return there.model_copy(update={"keys": (*self._own, *there.keys)})
