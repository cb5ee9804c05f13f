"""Whether all writes are paused, for every machine that shares the store."""

from __future__ import annotations

from typing import Protocol

from sre_agent.domain.write_pause import WritePause


class WritePauseStore(Protocol):
    async def pause_writes(self, pause: WritePause) -> WritePause:
        """In force when this returns. A pause that is there already stays as it is, and is given."""

    async def unpause_writes(self) -> bool:
        """Whether anything was paused."""

    async def write_pause(self) -> WritePause | None:
        """None where nothing is paused."""
