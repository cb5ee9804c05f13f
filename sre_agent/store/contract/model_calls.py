"""What model calls cost, and what is held for those of batch jobs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from sre_agent.domain.model_call import ModelCall


class ModelCallStore(Protocol):
    async def keep_model_call(self, call: ModelCall) -> None:
        """Add to the ledger of costs; an id that is there already keeps its first entry."""

    async def model_calls(self, *, incident: str | None = None, since: datetime | None = None) -> list[ModelCall]:
        """Of one incident, from a time on, or all; oldest first."""

    async def hold_model_calls(self, calls: Sequence[ModelCall]) -> None:
        """Calls that a batch job was given, at what they may cost at most; one whose id is kept already is not held."""

    async def settle_model_calls(self, ids: Collection[str], calls: Sequence[ModelCall]) -> None:
        """Let go what is held under these ids and add these calls to the ledger, both at once."""

    async def held_model_calls(self, *, incident: str | None = None, since: datetime | None = None) -> list[ModelCall]:
        """What is held and not settled, chosen as `model_calls` are; oldest first."""

    async def held_model_dollars(self, *, incident: str | None = None, since: datetime | None = None) -> float:
        """What is held for these, in US dollars."""

    async def model_dollars(self, *, incident: str | None = None, since: datetime | None = None) -> float:
        """What these calls cost and what is held for calls of batch jobs, in US dollars."""
