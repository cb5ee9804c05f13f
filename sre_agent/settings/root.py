"""All settings, an area each. Who needs one area is given that area; the root is for who opens the parts with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Self

from pydantic import Field

from sre_agent.settings.agent_runtime import AgentRuntimeSettings
from sre_agent.settings.alarms import AlarmSettings
from sre_agent.settings.approvals import ApprovalSettings
from sre_agent.settings.area import Area
from sre_agent.settings.aws import AwsSettings
from sre_agent.settings.aws_state import AwsStateSettings, StateAccess
from sre_agent.settings.backup import BackupSettings
from sre_agent.settings.cluster_table import ClusterTable
from sre_agent.settings.connection import ConnectionSettings
from sre_agent.settings.git import GitSettings
from sre_agent.settings.investigation import InvestigationSettings
from sre_agent.settings.knowledge import KnowledgeSettings
from sre_agent.settings.kubernetes import KubernetesSettings
from sre_agent.settings.memory import MemorySettings
from sre_agent.settings.models import ModelAccess, ModelSettings
from sre_agent.settings.notifications import NotificationSettings
from sre_agent.settings.operations import OperationsSettings
from sre_agent.settings.policy import PolicySettings
from sre_agent.settings.prometheus import PrometheusSettings
from sre_agent.settings.prompts import PromptSettings
from sre_agent.settings.rehearsals import RehearsalSettings
from sre_agent.settings.reports import ReportSettings
from sre_agent.settings.runbooks import RunbookSettings
from sre_agent.settings.servers import ServerSettings
from sre_agent.settings.service import ServiceSettings
from sre_agent.settings.state import StateSettings
from sre_agent.settings.sweeps import SweepSettings
from sre_agent.settings.tracing import TracingSettings
from sre_agent.settings.verification import VerificationSettings
from sre_agent.settings.writing import WriteSettings

PREFIX: Final = "SRE_AGENT_"  # of a setting's variable in the environment


class Settings(Area):
    """Built from values by the names of settings, as profiles, variables and stored settings have them:
    `Settings(kube_context="prod", writes=True)`; or from areas: `Settings(aws=AwsSettings(aws_region="eu-west-1"))`."""

    profile: str = Field("", description="name of the profile these settings came from; empty: none")
    state: StateSettings = StateSettings()
    aws_state: AwsStateSettings = AwsStateSettings()
    kubernetes: KubernetesSettings = KubernetesSettings()
    cluster_table: ClusterTable = ClusterTable()
    aws: AwsSettings = AwsSettings()
    prometheus: PrometheusSettings = PrometheusSettings()
    runbooks: RunbookSettings = RunbookSettings()
    servers: ServerSettings = ServerSettings()
    git: GitSettings = GitSettings()
    knowledge: KnowledgeSettings = KnowledgeSettings()
    investigation: InvestigationSettings = InvestigationSettings()
    memory: MemorySettings = MemorySettings()
    policy: PolicySettings = PolicySettings()
    writing: WriteSettings = WriteSettings()
    verification: VerificationSettings = VerificationSettings()
    approvals: ApprovalSettings = ApprovalSettings()
    rehearsals: RehearsalSettings = RehearsalSettings()
    notifications: NotificationSettings = NotificationSettings()
    models: ModelSettings = ModelSettings()
    prompts: PromptSettings = PromptSettings()
    reports: ReportSettings = ReportSettings()
    tracing: TracingSettings = TracingSettings()
    service: ServiceSettings = ServiceSettings()
    agent_runtime: AgentRuntimeSettings = AgentRuntimeSettings()
    connection: ConnectionSettings = ConnectionSettings()
    alarms: AlarmSettings = AlarmSettings()
    sweeps: SweepSettings = SweepSettings()
    operations: OperationsSettings = OperationsSettings()
    backup: BackupSettings = BackupSettings()

    def __init__(self, **values: Any) -> None:
        super().__init__(**nest(values))

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """`update` has values by the names of settings; as ever, they are not checked again."""
        own: dict[str, Any] = nest(update or {})
        for area in AREAS.keys() & own.keys():
            if isinstance(own[area], Mapping):
                own[area] = getattr(self, area).model_copy(update=own[area])
        if unknown := own.keys() - type(self).model_fields.keys():
            raise TypeError(f"Unknown settings: {', '.join(sorted(unknown))}.")
        return super().model_copy(update=own, deep=deep)

    def value(self, name: str) -> Any:
        """The value of a setting, for who has only its name."""
        return getattr(getattr(self, AREA_OF[name]) if name in AREA_OF else self, name)

    def flat(self) -> dict[str, Any]:
        """Every setting by its own name, as JSON values: the form in which settings are stored."""
        result: dict[str, Any] = {}
        for name, value in self.model_dump(mode="json").items():
            result |= value if name in AREAS else {name: value}
        return result

    @property
    def model_access(self) -> ModelAccess:
        areas = (self.models, self.aws, self.state, self.aws_state)
        return ModelAccess.model_construct(**{name: value for area in areas for name, value in area})

    @property
    def state_access(self) -> StateAccess:
        return StateAccess.model_construct(**dict(self.state), **dict(self.aws_state))


AREAS: Final[Mapping[str, type[Area]]] = {
    name: field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, Area)
}
AREA_OF: Final[Mapping[str, str]] = {name: area for area, kind in AREAS.items() for name in kind.model_fields}
NAMES: Final = frozenset(AREA_OF) | (Settings.model_fields.keys() - AREAS.keys())


def nest(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by the names of settings, put into their areas. What has no area stays where it is."""
    result: dict[str, Any] = {}
    for name, value in values.items():
        if area := AREA_OF.get(name):
            result[area] = {**result.get(area, {}), name: value}
        else:
            result[name] = {**value, **result.get(name, {})} if name in AREAS and isinstance(value, Mapping) else value
    return result
