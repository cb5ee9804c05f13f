"""Who signs the permits of a twin: with keys of its own, which no server of a live system knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sre_agent.domain.action import Action


class PermitSigner(Protocol):
    """What `compose` gives: the issuer of permits, over keys in the twin's own folder."""

    @property
    def public_keys(self) -> str:
        """Where servers read them."""

    async def issue(self, action: Action, *, incident: str, epoch: int, allowed_by: str, now: datetime) -> str: ...


OpenSigner = Callable[[Path, datetime], PermitSigner]  # with its keys in that folder, good from that time on
