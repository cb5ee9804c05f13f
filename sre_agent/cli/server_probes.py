"""Starts tool servers that failed again, also while nobody asks them, and tells when the level of degradation changes.

Who waits behind a server that was left alone would wait for ever: nothing is taken up at the lowest level, so no call
would find out that it is back.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from sre_agent import degradation
from sre_agent.compose import Runtime
from sre_agent.domain.degradation import Degradation
from sre_agent.store.contract.storage_errors import STORAGE_ERRORS

LOG = structlog.get_logger("sre_agent.degradation")
EVERY_SECONDS: Final = 5.0  # between two looks; a server that is left alone is not started before its pause is over


class ServerProbes:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._last = Degradation()

    def may_begin(self) -> bool:
        """Whether anything can be looked into at all."""
        if self._runtime.settings.cluster_table.clusters:
            return True  # each cluster has servers of its own
        return not list(degradation.of_reads(self._runtime.toolbox.health()))

    async def run(self) -> None:
        while True:
            self._runtime.toolbox.revive()
            try:
                await self._tell()
            except STORAGE_ERRORS as problem:
                LOG.warning("degradation", action="look", status="unavailable", error=str(problem))
            await asyncio.sleep(EVERY_SECONDS)

    async def _tell(self) -> None:
        """One line for each change of the level."""
        runtime = self._runtime
        now = await degradation.current(runtime.models, runtime.toolbox, writes=runtime.settings.writing.writes)
        if now.level != self._last.level:
            why = [one.why for one in now.limitations]
            LOG.warning("degradation", action=f"{self._last.level} to {now.level}", status=now.level, why=why)
            self._last = now
