"""What incidents are handled with: servers, policies and models, once for each set of settings that is met.

An incident is handled with the settings that are kept with it, whichever process takes it up and whatever that process
was started for. A set is opened when the first incident needs it: reading what was kept needs none.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from sre_agent import incident_settings
from sre_agent.agents.prompt_versions import open_version
from sre_agent.agents.roster import Specialist, roster
from sre_agent.aws_services.secrets import SecretReader
from sre_agent.clock import Clock
from sre_agent.cluster_choice import ClusterChoice, check_default, choose, settings_of
from sre_agent.diagnosis import Engine
from sre_agent.domain.base import IncidentId
from sre_agent.domain.incident import Incident
from sre_agent.domain.prompt_release import version_of
from sre_agent.domain.signal import Signal
from sre_agent.entities import EntityMap
from sre_agent.errors import SettingsError
from sre_agent.failures import Catalogue, unanswerable
from sre_agent.failures import load as load_catalogue
from sre_agent.git.change_source import ChangeSource
from sre_agent.graph.context import Context, PermitSource, RehearsalStage
from sre_agent.model import Models, Opener, open_models
from sre_agent.policy import Policy, open_policy
from sre_agent.policy.limiting import LimitCheck
from sre_agent.progress import Progress
from sre_agent.prompting import AS_SHIPPED, PromptVersion
from sre_agent.settings import SAVED, KubernetesSettings, Settings, in_file
from sre_agent.store import Store
from sre_agent.toolbox.address import ServerAddress
from sre_agent.toolbox.toolbox import Toolbox

Addresses = dict[str, ServerAddress]


@dataclass(frozen=True)
class IncidentRuntime:
    """Everything that one set of settings opens. `roster`, `catalogue` and `engine` are known before any incident."""

    settings: Settings
    toolbox: Toolbox
    models: Models
    roster: dict[str, Specialist]
    catalogue: Catalogue
    engine: Engine
    policy: Policy
    entity_map: EntityMap
    permit_issuer: PermitSource
    rehearsals: RehearsalStage | None


@dataclass(frozen=True)
class ServerAddressing:
    """How settings become addresses: of readers, of writers, and the kubeconfig's context that is meant with its
    cluster."""

    readers: Callable[[Settings], Addresses]
    writers: Callable[[Settings, PermitSource], Addresses]
    context: Callable[[KubernetesSettings], tuple[str, str]]


class IncidentRuntimes:
    """`present` are the settings of this process; new incidents begin with them. `open_permit_issuer` opens
    what signs permits, `open_rehearsals` where remedies are tried."""

    def __init__(
        self,
        present: Settings,
        addressing: ServerAddressing,
        *,
        store: Store,
        clock: Clock,
        progress: Progress,
        open_permit_issuer: Callable[[Settings], PermitSource],
        open_rehearsals: Callable[[Settings], RehearsalStage | None],
        open_model: Opener | None = None,
    ) -> None:
        self._present, self._addressing = present, addressing
        self._store, self._clock, self._progress = store, clock, progress
        self._open_permit_issuer, self._open_model = open_permit_issuer, open_model
        self._open_rehearsals = open_rehearsals
        self._git = ChangeSource(present.git, present.state.state_dir / "git", SecretReader(present.state_access).value)
        self._open: dict[str, IncidentRuntime] = {}  # by the settings as they are kept
        self._pinned: dict[ClusterChoice, Settings] = {}
        self._stack = AsyncExitStack()

    def pinned_for(self, signal: Signal | None = None) -> Settings:
        """The settings that a new incident of this signal keeps: those of this process, for the cluster that it is
        about. Raises SettingsError."""
        check_default(self._present)
        return self._pinned_by(choose(self._present, signal))

    def own(self) -> IncidentRuntime:
        """What this process was started with, for the cluster that is meant where nobody says one. Raises
        SettingsError."""
        settings = settings_of(self._present, choose(self._present))
        return self._runtime_for(settings, incident_settings.to_json(self.pinned_for()))

    def at(self, cluster: str) -> IncidentRuntime:
        """What leads to one cluster of the table. Raises SettingsError."""
        choice = ClusterChoice(cluster, self._present.cluster_table.clusters[cluster].account)
        settings = settings_of(self._present, choice)
        return self._runtime_for(settings, incident_settings.to_json(self._pinned_by(choice)))

    async def settings(self, incident: IncidentId) -> Settings:
        """The settings that an incident is handled with. Raises SettingsError where they cannot be had any more."""
        return self._restore(incident, await self._store.settings(incident))

    async def of(self, incident: IncidentId) -> IncidentRuntime:
        """What an incident is handled with, opened if it is not open yet. Raises SettingsError."""
        body = await self._store.settings(incident)
        if body is not None and body in self._open:
            return self._open[body]
        settings = self._restore(incident, body)
        key = incident_settings.to_json(settings if body is not None else self._pin(settings))
        return self._runtime_for(settings, key)

    async def context(self, incident: Incident, epoch: int) -> Context:
        """What a run of this incident is given. Raises SettingsError."""
        runtime = await self.of(incident.id)
        return Context(
            incident=incident.id,
            epoch=epoch,
            settings=runtime.settings,
            clock=self._clock,
            store=self._store,
            toolbox=runtime.toolbox,
            models=runtime.models,
            roster=runtime.roster,
            catalogue=runtime.catalogue,
            engine=runtime.engine,
            entity_map=runtime.entity_map,
            policy=runtime.policy,
            limits=LimitCheck(
                runtime.policy.limits,
                self._store,
                self._present.state.state_dir,
                runtime.settings.policy.level,
            ),
            permit_issuer=runtime.permit_issuer,
            git=self._git,
            rehearsals=runtime.rehearsals,
            progress=self._progress,
            prompts=await self._prompts(incident) if runtime.models.configured else AS_SHIPPED,
        )

    async def _prompts(self, incident: Incident) -> PromptVersion:
        """The version that this incident gets; the shipped one where its own cannot be had."""
        name = version_of(incident.id, incident.opened_at, await self._store.prompt_releases())
        try:
            return open_version(name, self._present.prompts.prompt_folder)
        except SettingsError as problem:
            self._progress.say("warning", incident.id, text=f"{problem} The shipped prompts are used instead.")
            return AS_SHIPPED

    def _restore(self, incident: IncidentId, body: str | None) -> Settings:
        if body is not None:
            return incident_settings.from_json(body, self._present, incident=incident)
        return in_file(self._present, SAVED) or self._present  # an older version kept one for the whole folder

    def _pinned_by(self, choice: ClusterChoice) -> Settings:
        if choice not in self._pinned:
            self._pinned[choice] = self._pin(settings_of(self._present, choice))
        return self._pinned[choice]

    def _pin(self, settings: Settings) -> Settings:
        return incident_settings.resolve_environment(settings, self._addressing.context)

    async def close(self) -> None:
        await self._stack.aclose()

    def _runtime_for(self, settings: Settings, key: str) -> IncidentRuntime:
        if key not in self._open:
            self._open[key] = self._build(settings)
        return self._open[key]

    def _build(self, settings: Settings) -> IncidentRuntime:
        catalogue, members = load_catalogue(settings.knowledge.failure_folders), roster()
        if wrong := list(unanswerable(catalogue, {name: member.tool_names for name, member in members.items()})):
            raise SettingsError(" ".join(wrong))
        policy, entity_map = (
            open_policy(settings.policy.policies, limits=settings.policy.limits),
            EntityMap.load(settings.knowledge.entity_map),
        )
        permit_issuer = self._open_permit_issuer(settings)
        toolbox = Toolbox(
            self._addressing.readers(settings),
            self._addressing.writers(settings, permit_issuer),
            store=self._store,
            clock=self._clock,
            progress=self._progress,
            connect_seconds=settings.servers.connect_seconds,
            call_seconds=settings.servers.call_seconds,
            budget=settings.investigation.tool_calls,
            left_out=settings.servers.left_out,
            past_only=settings.investigation.past_only,
        )
        self._stack.push_async_callback(toolbox.close)
        models = open_models(
            settings.model_access,
            ledger=self._store,
            clock=self._clock,
            progress=self._progress,
            open_model=self._open_model,
        )
        self._stack.push_async_callback(models.close)
        return IncidentRuntime(
            settings, toolbox, models, members, catalogue, Engine(catalogue), policy, entity_map, permit_issuer,
            self._open_rehearsals(settings),
        )  # fmt: skip
