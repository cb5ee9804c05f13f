"""Sweeps that were asked of the service."""

from __future__ import annotations

from typing import Protocol

from sre_agent.domain.sweep_run import SweepRun


class SweepRunStore(Protocol):
    async def keep_sweep_run(self, run: SweepRun) -> None:
        """In place of what was kept of it."""

    async def sweep_run(self, run: str) -> SweepRun | None: ...

    async def sweep_runs(
        self, *, namespace: str | None = None, done: bool = False, limit: int = 50, before: str = ""
    ) -> list[SweepRun]:
        """Newest first; of one namespace (empty: the whole cluster) or of all; with `before` those older than this."""
