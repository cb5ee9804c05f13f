"""What a run is given and never remembers: the services it works with and the epoch of its lease."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sre_agent.agents.roster import Specialist
from sre_agent.clock import Clock
from sre_agent.diagnosis import Engine
from sre_agent.domain.action import Action
from sre_agent.domain.base import IncidentId
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.finding import Evidence
from sre_agent.domain.rehearsal import Rehearsal
from sre_agent.entities import EntityMap
from sre_agent.failures import Catalogue
from sre_agent.git.change_source import ChangeSource
from sre_agent.model import Models
from sre_agent.policy import Policy
from sre_agent.policy.limiting import LimitCheck
from sre_agent.progress import Progress
from sre_agent.prompting import AS_SHIPPED, PromptVersion
from sre_agent.settings import Settings
from sre_agent.store import Store
from sre_agent.toolbox.toolbox import Toolbox


class PermitSource(Protocol):
    """Who signs permits. The gate asks it for one; everybody else only passes it on."""

    @property
    def public_keys(self) -> str:
        """What servers are given as --permit-keys, to verify permits with: a file, or a table."""

    async def issue(self, action: Action, *, incident: str, epoch: int, allowed_by: str, now: datetime) -> str: ...


class RehearsalStage(Protocol):
    """Where a remedy is tried before a person is asked about it, or it is written unattended."""

    async def rehearse(
        self, action: Action, cause: Hypothesis, evidence: Sequence[Evidence], catalogue: Catalogue
    ) -> Rehearsal:
        """What came of it there. Nothing that goes wrong on the way is raised."""


async def never() -> bool:
    return False


@dataclass(frozen=True)
class Context:
    """`called_off` says whether a person cancels; then the run stops after the step under way. `prompts` are the
    version that this incident gets. `rehearsals` is None where they are switched off."""

    incident: IncidentId
    epoch: int
    settings: Settings
    clock: Clock
    store: Store
    toolbox: Toolbox
    models: Models
    roster: Mapping[str, Specialist]
    catalogue: Catalogue
    engine: Engine
    entity_map: EntityMap
    policy: Policy
    limits: LimitCheck
    permit_issuer: PermitSource
    git: ChangeSource
    progress: Progress
    rehearsals: RehearsalStage | None = None
    prompts: PromptVersion = AS_SHIPPED
    called_off: Callable[[], Awaitable[bool]] = never
