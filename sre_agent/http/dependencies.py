"""What the service says of itself: whether it lives, what it depends on, and the level of degradation this leaves."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from pydantic import BaseModel

from sre_agent.domain.degradation import Degradation, DegradationLevel, Limitation

if TYPE_CHECKING:
    from sre_agent.model.models import ModelHealth

DependencyKind = Literal["storage", "engine", "tool_server", "write_server", "model", "cluster", "account"]
EngineState = Literal["starting", "running", "draining", "failed"]
DependencyState = Literal["ok", "starting", "not_asked", "failing", "left_alone", "left_out"]


class DependencyView(BaseModel):
    """`left_alone` is what failed repeatedly, until `until`; `left_out` was never meant to be there, `why` says so."""

    kind: DependencyKind
    name: str
    state: DependencyState
    why: str = ""
    until: datetime | None = None


class Liveness(BaseModel):
    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    """`level` says how much works, `limitations` what keeps it from the next one. Reasons are told to known callers."""

    ready: bool
    level: DegradationLevel
    limitations: list[Limitation]
    engine: EngineState
    workers: int
    busy: int
    waiting: int
    dead_letters: int
    dependencies: list[DependencyView]


class ServiceHealth(Protocol):
    async def degradation(self) -> Degradation: ...

    async def dependencies(self) -> list[DependencyView]: ...

    def models(self) -> list[ModelHealth]: ...

    def reused_answers(self) -> tuple[int, int]:
        """How many requests to models were answered again and how many were not, since the process began."""
