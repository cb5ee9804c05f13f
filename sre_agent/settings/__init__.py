"""What can be set: a frozen model for each area. Each setting says its meaning, unit, default and why that default.

A new setting is a field of its area, and nothing else: from there it has its variable `SRE_AGENT_<SETTING>`, its key in
a profile, its place in what is stored with an incident, and the check of its value.
"""

from sre_agent.settings.agent_runtime import AgentRuntimeSettings
from sre_agent.settings.alarms import AlarmSettings
from sre_agent.settings.approvals import ApprovalSettings
from sre_agent.settings.area import Area
from sre_agent.settings.aws import AwsSettings
from sre_agent.settings.aws_state import AwsStateSettings, StateAccess
from sre_agent.settings.backup import BackupSettings
from sre_agent.settings.cluster_table import ClusterEntry, ClusterTable
from sre_agent.settings.configuration import ConfigurationCopy
from sre_agent.settings.connection import ConnectionSettings
from sre_agent.settings.git import GitSettings
from sre_agent.settings.kubernetes import KubernetesSettings
from sre_agent.settings.last_run import LAST, SAVED, at_hand, in_file, load_saved, save
from sre_agent.settings.loading import load, misspelt
from sre_agent.settings.memory import MemorySettings
from sre_agent.settings.models import ModelAccess, ModelSettings
from sre_agent.settings.notifications import NotificationSettings
from sre_agent.settings.operations import OperationsSettings
from sre_agent.settings.policy import PolicySettings
from sre_agent.settings.prompts import PromptSettings
from sre_agent.settings.rehearsals import RehearsalSettings
from sre_agent.settings.root import PREFIX, Settings
from sre_agent.settings.servers import ForeignServer, RemoteServer
from sre_agent.settings.service import ServiceSettings
from sre_agent.settings.state import StateSettings
from sre_agent.settings.sweeps import SweepSchedule, SweepSettings
from sre_agent.settings.tracing import TracingSettings
from sre_agent.settings.verification import VerificationSettings

__all__ = [
    "LAST",
    "PREFIX",
    "SAVED",
    "AgentRuntimeSettings",
    "AlarmSettings",
    "ApprovalSettings",
    "Area",
    "AwsSettings",
    "AwsStateSettings",
    "BackupSettings",
    "ClusterEntry",
    "ClusterTable",
    "ConfigurationCopy",
    "ConnectionSettings",
    "ForeignServer",
    "GitSettings",
    "KubernetesSettings",
    "MemorySettings",
    "ModelAccess",
    "ModelSettings",
    "NotificationSettings",
    "OperationsSettings",
    "PolicySettings",
    "PromptSettings",
    "RehearsalSettings",
    "RemoteServer",
    "ServiceSettings",
    "Settings",
    "StateAccess",
    "StateSettings",
    "SweepSchedule",
    "SweepSettings",
    "TracingSettings",
    "VerificationSettings",
    "at_hand",
    "in_file",
    "load",
    "load_saved",
    "misspelt",
    "save",
]
