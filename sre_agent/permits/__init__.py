"""Issuing of permits: the responder's half of the third lock. `compose` alone opens it, and the
gate alone asks it for a permit."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from pathlib import Path

from mcp_servers.contract.permits import Permit, encode, signed_bytes
from sre_agent.domain.action import Action
from sre_agent.permits.key_ring import KeyRing


class PermitIssuer:
    """Signs with the key that is active when a permit is asked for; it never leaves this process."""

    def __init__(self, keys: KeyRing, *, valid_seconds: float) -> None:
        self._keys = keys
        self._valid = timedelta(seconds=valid_seconds)

    @property
    def public_keys(self) -> Path:
        """The file of public keys that servers verify permits with."""
        return self._keys.public_keys

    def issue(self, action: Action, *, incident: str, epoch: int, allowed_by: str, now: datetime) -> str:
        """A signed token for exactly this action, with the diff and on the version of its target that was previewed."""
        permit = Permit(
            id=str(uuid.uuid4()),
            audience=action.call.server,
            scope=action.scope,
            incident=incident,
            call=action.call.digest,
            target=action.target,
            diff=action.diff_digest,
            allowed_by=allowed_by,
            epoch=epoch,
            expires_at=now + self._valid,
        )
        return encode(permit, self._keys.active(now).sign(signed_bytes(permit)))


def open_permit_issuer(state_dir: Path, *, valid_seconds: float, now: datetime) -> PermitIssuer:
    """The permit issuer of this state folder; its key is made at the first use, readable by the owner alone, and the
    file of public keys is there afterwards. Raises SettingsError."""
    keys = KeyRing(state_dir, valid_seconds=valid_seconds)
    keys.active(now)
    return PermitIssuer(keys, valid_seconds=valid_seconds)
