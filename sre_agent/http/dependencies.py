"""What the service depends on, each with its state, and the level of degradation that this leaves: as it is told."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from pydantic import BaseModel

from sre_agent.domain.degradation import Degradation

if TYPE_CHECKING:
    from sre_agent.model.models import ModelHealth

DependencyKind = Literal["storage", "engine", "tool_server", "write_server", "model"]
DependencyState = Literal["ok", "starting", "not_asked", "failing", "left_alone", "left_out"]


class DependencyView(BaseModel):
    """`left_alone` is what failed repeatedly, until `until`; `left_out` was never meant to be there, `why` says so."""

    kind: DependencyKind
    name: str
    state: DependencyState
    why: str = ""
    until: datetime | None = None


class ServiceHealth(Protocol):
    async def degradation(self) -> Degradation: ...

    async def dependencies(self) -> list[DependencyView]: ...

    def models(self) -> list[ModelHealth]: ...

    def reused_answers(self) -> tuple[int, int]:
        """How many requests to models were answered again and how many were not, since the process began."""
