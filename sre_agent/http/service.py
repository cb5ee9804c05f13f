"""What a request is answered with: everything that the service works with, and nothing that knows HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from sre_agent.alarms.intake import AlarmIntake
from sre_agent.backup.age import BackupAge
from sre_agent.clock import Clock
from sre_agent.http.alarm_secrets import AlarmSecrets
from sre_agent.http.alarm_sources import AlarmSource
from sre_agent.http.dependencies import EngineState, ServiceHealth
from sre_agent.http.sns import SnsVerifier
from sre_agent.policy import Policy
from sre_agent.policy.limiting import LimitCheck
from sre_agent.progress import Progress
from sre_agent.responder import Responder
from sre_agent.settings import AgentRuntimeSettings, AlarmSettings, ServiceSettings, SweepSettings
from sre_agent.store import Store

if TYPE_CHECKING:
    from sre_agent.chat import ChatReply
    from sre_agent.chat_sessions import TurnFollower
    from sre_agent.domain.incident import Incident
    from sre_agent.domain.question import Question
    from sre_agent.domain.sweep import Sweep, SweepOptions
    from sre_agent.http.tokens import CallerDirectory


class RunEngine(Protocol):
    """Runs incidents, sweeps and questions on a loop of its own: no request waits for what these compute."""

    @property
    def state(self) -> EngineState: ...

    @property
    def workers(self) -> int: ...

    @property
    def busy(self) -> int:
        """How many incidents are worked on now."""

    async def sweep(self, options: SweepOptions) -> Sweep:
        """The sweep that `options` ask for, compared with the one before."""

    async def ask(self, session: str, text: str, *, by: str, follower: TurnFollower) -> ChatReply:
        """The answer to the next question of a conversation, which is opened by its first; both are kept."""

    async def end_session(self, session: str) -> bool:
        """Forget a conversation; False where there is none."""

    async def question(self, incident: Incident) -> Question | None:
        """What the incident asks a person now; None where it asks nothing."""


def _goes_on(why: str) -> None:
    """For who must not end its process."""


@dataclass(frozen=True)
class Service:
    """`health` tells how much works. `sources` may hand in alarms. `stop` has the process
    take nothing more and end, for the reason that it is given."""

    settings: ServiceSettings
    health: ServiceHealth
    clock: Clock
    store: Store
    progress: Progress
    responder: Responder
    engine: RunEngine
    callers: CallerDirectory
    alarms: AlarmIntake
    alarm_settings: AlarmSettings
    sources: Mapping[str, AlarmSource]
    sns: SnsVerifier
    policy: Policy
    limits: LimitCheck
    agent_runtime: AgentRuntimeSettings
    alarm_secrets: AlarmSecrets
    stop: Callable[[str], None] = _goes_on
    sweeps: SweepSettings = field(default_factory=SweepSettings)
    backup_age: BackupAge | None = None
