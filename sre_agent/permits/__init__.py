"""Issuing of permits: the responder's half of the third lock. `compose` alone opens it, and the
gate alone asks it for a permit."""

from __future__ import annotations

import base64
import uuid
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from mcp_servers.contract import private_files
from mcp_servers.contract.permits import Permit, encode, signed_bytes
from sre_agent.domain.action import Action
from sre_agent.errors import SettingsError


class PermitIssuer:
    """Holds the private key; it never leaves this process."""

    def __init__(self, key: Ed25519PrivateKey, *, valid_seconds: float) -> None:
        self._key = key
        self._valid = timedelta(seconds=valid_seconds)

    @property
    def public_key(self) -> str:
        """Base64 of the raw public key, as servers take it."""
        return base64.b64encode(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

    def issue(self, action: Action, *, incident: str, epoch: int, allowed_by: str, now: datetime) -> str:
        """A signed token for exactly this action on the version of its target that was previewed."""
        permit = Permit(
            id=str(uuid.uuid4()),
            audience=action.call.server,
            scope=action.scope,
            incident=incident,
            call=action.call.digest,
            target=action.target,
            allowed_by=allowed_by,
            epoch=epoch,
            expires_at=now + self._valid,
        )
        return encode(permit, self._key.sign(signed_bytes(permit)))


def open_permit_issuer(state_dir: Path, *, valid_seconds: float) -> PermitIssuer:
    """The permit issuer of this state folder; its key is made at the first use, readable by the owner alone."""
    path = state_dir / "permit.key"
    if not path.exists():
        raw = Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        private_files.write_once(path, raw)  # where another process was first, its key counts
    try:
        key = Ed25519PrivateKey.from_private_bytes(path.read_bytes())
    except ValueError as problem:
        raise SettingsError(
            f"The permit key {path} is damaged: {problem} Remove it, and a new one is made."
        ) from problem
    return PermitIssuer(key, valid_seconds=valid_seconds)
