"""What a request is answered with: everything that the service works with, and nothing that knows HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from sre_agent.clock import Clock
from sre_agent.queue import Queue
from sre_agent.responder import Responder
from sre_agent.settings import ServiceSettings
from sre_agent.store import Store

if TYPE_CHECKING:
    from sre_agent.chat import ChatReply
    from sre_agent.domain.sweep import Sweep
    from sre_agent.http.callers import CallerDirectory
    from sre_agent.http.dependencies import ServiceHealth

EngineState = Literal["starting", "running", "draining", "failed"]


class RunEngine(Protocol):
    """Runs incidents, sweeps and questions on a loop of its own: no request waits for what these compute."""

    @property
    def state(self) -> EngineState: ...

    @property
    def workers(self) -> int: ...

    @property
    def busy(self) -> int:
        """How many incidents are worked on now."""

    async def sweep(self, namespace: str) -> Sweep: ...

    async def ask(self, session: str, text: str) -> ChatReply:
        """The answer to the next question of a conversation, which is opened by its first."""

    async def end_session(self, session: str) -> bool:
        """Forget a conversation; False where there is none."""

    def sessions(self) -> list[str]: ...


@dataclass(frozen=True)
class Service:
    """`health` tells how much works. `webhook_secrets` are the secrets of sources of alarms."""

    settings: ServiceSettings
    health: ServiceHealth
    clock: Clock
    store: Store
    queue: Queue
    responder: Responder
    engine: RunEngine
    callers: CallerDirectory
    webhook_secrets: Mapping[str, str]
