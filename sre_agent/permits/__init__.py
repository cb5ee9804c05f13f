"""Issuing of permits: the responder's half of the third lock. `compose` alone opens it, and the
gate alone asks it for a permit."""

from __future__ import annotations

import asyncio
import uuid
from datetime import datetime, timedelta

from mcp_servers.contract.permits import Permit, encode, signed_bytes
from sre_agent.domain.action import Action
from sre_agent.permits.key_ring import KeyRing


class PermitIssuer:
    """Signs with the key that is active when a permit is asked for."""

    def __init__(self, keys: KeyRing, *, valid_seconds: float) -> None:
        self._keys = keys
        self._valid = timedelta(seconds=valid_seconds)

    @property
    def public_keys(self) -> str:
        """What servers are given as --permit-keys, to verify permits with."""
        return self._keys.address

    async def issue(self, action: Action, *, incident: str, epoch: int, allowed_by: str, now: datetime) -> str:
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
        content = signed_bytes(permit)
        if self._keys.is_local:
            return encode(permit, self._signature(content, now))
        return encode(permit, await asyncio.to_thread(self._signature, content, now))

    def _signature(self, content: bytes, now: datetime) -> bytes:
        return self._keys.active(now).sign(content)
