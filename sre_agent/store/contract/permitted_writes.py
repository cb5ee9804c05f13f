"""Writes and what came of remedies, counted over all incidents."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sre_agent.domain.permitted_write import BreakerCount, PermittedWrite, RemedyResult


class PermittedWriteStore(Protocol):
    async def claim_write(self, write: PermittedWrite, most_per_hour: int) -> datetime | None:
        """Count a write before its permit is issued: None, and it is counted (once by its key); or, where the hour
        before it is full, when the next one is free, and nothing is counted. An undo always counts and is never full.
        """

    async def next_write_at(self, now: datetime, most_per_hour: int) -> datetime | None:
        """When a write that is no undo would be free; None: now."""

    async def last_write(self, workload: str) -> datetime | None:
        """The last write that was permitted on this workload, an undo too."""

    async def keep_remedy_result(self, result: RemedyResult) -> None:
        """One that did not help counts once by its key; one that did sets the count back."""

    async def breaker_counts(self) -> list[BreakerCount]:
        """Failed verifications since the last one that held, the latest first; none of what has no failure."""

    async def reset_breaker(self, failure_class: str, workload: str) -> bool:
        """Whether there was anything to set back."""
