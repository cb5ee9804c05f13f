"""Where incidents, evidence and decisions are kept. The contract by topic in `contract/`; one folder a technology.

Every call is durable when it returns. Writes to an incident carry the epoch of the writer's lease and fail with
LeaseLostError when a later writer holds it.
"""

from __future__ import annotations

from typing import Protocol

from sre_agent.store.contract.alarms import AlarmStore
from sre_agent.store.contract.channel_posts import ChannelPostStore
from sre_agent.store.contract.chat_sessions import ChatSessionStore
from sre_agent.store.contract.claims import ClaimStore
from sre_agent.store.contract.decisions import DecisionStore
from sre_agent.store.contract.evidence import EvidenceStore, LogQueries, StoredEvidence
from sre_agent.store.contract.grades import GradeStore
from sre_agent.store.contract.incidents import EVERY_INCIDENT, IncidentFilter, IncidentStore
from sre_agent.store.contract.leases import LeaseStore
from sre_agent.store.contract.messages import MessageStore
from sre_agent.store.contract.model_calls import ModelCallStore
from sre_agent.store.contract.namespace_grades import NamespaceGradeStore
from sre_agent.store.contract.past_incidents import PastIncidentStore
from sre_agent.store.contract.permitted_writes import PermittedWriteStore
from sre_agent.store.contract.prompt_releases import PromptReleaseStore
from sre_agent.store.contract.record import RecordStore, StoredEvent
from sre_agent.store.contract.replies import ReplyStore
from sre_agent.store.contract.reports import ReportStore
from sre_agent.store.contract.retention import RetentionStore
from sre_agent.store.contract.runtime_sessions import RuntimeSessionStore
from sre_agent.store.contract.sweep_runs import SweepRunStore
from sre_agent.store.contract.write_pauses import WritePauseStore

__all__ = ["EVERY_INCIDENT", "IncidentFilter", "LogQueries", "Store", "StoredEvent", "StoredEvidence"]


class Store(
    IncidentStore,
    LeaseStore,
    MessageStore,
    ClaimStore,
    DecisionStore,
    ChannelPostStore,
    EvidenceStore,
    ReportStore,
    GradeStore,
    NamespaceGradeStore,
    PastIncidentStore,
    ModelCallStore,
    PermittedWriteStore,
    ReplyStore,
    ChatSessionStore,
    SweepRunStore,
    PromptReleaseStore,
    WritePauseStore,
    RuntimeSessionStore,
    AlarmStore,
    RecordStore,
    RetentionStore,
    Protocol,
):
    async def close(self) -> None: ...
