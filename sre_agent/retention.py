"""Nothing grows without end: what ended long ago is removed, with its evidence, checkpoints, reports and messages.

What is remembered of incidents goes by settings of its own.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol

import structlog

from sre_agent.clock import Clock
from sre_agent.progress import Progress
from sre_agent.settings import MemorySettings, ServiceSettings
from sre_agent.store import Store
from sre_agent.store.contract.storage_errors import STORAGE_ERRORS

LOG = structlog.get_logger("sre_agent.retention")
EVERY_SECONDS: Final = 3600.0
DEDUP_DAYS: Final = 7.0  # for which a message that comes again is still known


class Checkpoints(Protocol):
    async def adelete_thread(self, thread_id: str) -> None: ...


@dataclass(frozen=True)
class Retention:
    settings: ServiceSettings
    store: Store
    checkpoints: Checkpoints
    reports: Path
    clock: Clock
    memory: MemorySettings
    progress: Progress

    async def clean(self) -> list[str]:
        """Remove what is older than the settings keep it; the incidents that are gone."""
        now = self.clock.now()
        ids = await self.store.forget(
            ended_before=now - timedelta(days=self.settings.keep_days),
            events_before=now - timedelta(days=self.settings.keep_events_days),
        )
        for incident in ids:
            await self.checkpoints.adelete_thread(incident)
            for file in self.reports.glob(f"{incident}.*"):
                file.unlink(missing_ok=True)
        messages = await self.store.forget_messages(now - timedelta(days=DEDUP_DAYS))
        for incident_id in await self.store.forget_past_incidents(
            ended_before=now - timedelta(days=self.memory.memory_days), most=self.memory.memory_incidents
        ):
            self.progress.say("memory.forgotten", incident_id, by="retention")
        if ids or messages:
            LOG.info("clean", action="clean", status="done", incidents=len(ids), messages=messages)
        return ids

    async def run(self) -> None:
        while True:
            try:
                await self.clean()
            except STORAGE_ERRORS as problem:
                LOG.warning("clean", action="clean", status="unavailable", error=str(problem))
            await asyncio.sleep(EVERY_SECONDS)
