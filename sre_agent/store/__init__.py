"""Where incidents, evidence and decisions are kept. The contract; one file a technology beside it.

Every call is durable when it returns. Writes to an incident carry the epoch of the writer's lease and fail with
LeaseLostError when a later writer holds it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from sre_agent.domain.action import ApprovalDecision
from sre_agent.domain.alarm import AlarmEntry, AlarmReceipt
from sre_agent.domain.base import EvidenceId, IncidentId, Severity
from sre_agent.domain.chat_session import ChatSession, ChatTurn
from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident, Reason, Status
from sre_agent.domain.model_call import ModelCall
from sre_agent.domain.notice import ChannelPost
from sre_agent.domain.permitted_write import BreakerCount, PermittedWrite, RemedyResult
from sre_agent.domain.record import RecordEntry, RecordHead, RemovedEntries
from sre_agent.domain.report import Report
from sre_agent.domain.runtime_session import RuntimeSession
from sre_agent.domain.signal import Signal
from sre_agent.domain.sweep_run import SweepRun
from sre_agent.progress import Event
from sre_agent.settings import AlarmSettings


@dataclass(frozen=True)
class StoredEvent:
    """`seq` grows by time over all incidents: who has seen it asks for what came after."""

    seq: int
    event: Event


@dataclass(frozen=True)
class StoredEvidence:
    """`body` is JSON as it was written, `digest` the SHA-256 of its canonical form."""

    id: EvidenceId
    digest: str
    body: str


@dataclass(frozen=True)
class IncidentFilter:
    """Which incidents are meant; what is empty or None does not matter. `waiting`: for an approval. `text` is part of
    the title, in any case; `namespace` one that a subject of theirs is in."""

    statuses: tuple[Status, ...] = ()
    reasons: tuple[Reason, ...] = ()
    severities: tuple[Severity, ...] = ()
    waiting: bool = False
    namespace: str = ""
    text: str = ""
    opened_from: datetime | None = None
    opened_until: datetime | None = None


EVERY_INCIDENT: Final = IncidentFilter()


@dataclass(frozen=True)
class LogQueries:
    """Queries of logs that are paid by the GB: the total, how many of them were reused, and GB read."""

    total: int
    reused: int
    gigabytes: float


class Store(Protocol):
    async def attach_or_create(self, signal: Signal, new: Incident, settings: str = "") -> tuple[Incident, bool]:
        """The open incident of `new`'s fingerprint with the signal attached (once), or `new`. True: created, and these
        settings are kept with it."""

    async def settings(self, incident: IncidentId) -> str | None:
        """What was kept of its settings; None for an incident of an older version."""

    async def incident(self, incident: IncidentId) -> Incident | None: ...

    async def incidents(
        self, *, only_open: bool = False, limit: int = 50, before: str = "", which: IncidentFilter = EVERY_INCIDENT
    ) -> list[Incident]:
        """Newest first; with `before` only those that are older than this one."""

    async def update(self, incident: IncidentId, epoch: int, **fields: Any) -> Incident:
        """Change fields of an incident as its current writer. Raises LeaseLostError."""

    async def lease(self, incident: IncidentId, holder: str, now: datetime, seconds: float) -> int | None:
        """Become the incident's writer: the new epoch, or None while another holder's lease is alive."""

    async def renew(self, incident: IncidentId, epoch: int, now: datetime, seconds: float) -> bool:
        """Keep the lease; False when it is lost."""

    async def writes(self, incident: IncidentId, epoch: int) -> bool:
        """Whether the lease of this epoch is the incident's latest."""

    async def release(self, incident: IncidentId, epoch: int) -> None: ...

    async def claim(self, target: str, incident: IncidentId, now: datetime, seconds: float) -> IncidentId:
        """Who may write to a target for so long: this incident, where it is the first or holds it already; else the
        one whose claim stands."""

    async def release_claims(self, incident: IncidentId) -> None:
        """It writes no more."""

    async def decide(self, decision: ApprovalDecision) -> bool:
        """Record the first decision on a question; False when there is one already."""

    async def decision(self, question: str) -> ApprovalDecision | None: ...

    async def keep_channel_post(self, post: ChannelPost) -> None:
        """In place of what was kept for its incident and channel."""

    async def channel_posts(self, incident: IncidentId) -> list[ChannelPost]:
        """What each channel was told of an incident, the first one told first."""

    async def keep_evidence(self, evidence: Evidence) -> str:
        """Write to the ledger; an id that is there already keeps its first entry, but for a transient failure: what
        was learned when it was asked again stands in its place. The digest of what is kept, for the record."""

    async def stored_evidence(self, incident: IncidentId) -> list[StoredEvidence]:
        """The ledger of an incident as it is kept."""

    async def evidence(self, evidence: EvidenceId) -> Evidence | None: ...

    async def ledger(self, incident: IncidentId) -> list[Evidence]:
        """All evidence of an incident in the order in which it was kept."""

    async def keep_report(self, report: Report, epoch: int) -> None:
        """Raises LeaseLostError, as `update` does."""

    async def report(self, incident: IncidentId) -> Report | None: ...

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

    async def log_queries(self, *, incident: str | None = None, since: datetime | None = None) -> LogQueries:
        """Those that the evidence in the ledger took, chosen as `model_calls` are."""

    async def model_dollars(self, *, incident: str | None = None, since: datetime | None = None) -> float:
        """What these calls cost and what is held for calls of batch jobs, in US dollars."""

    async def claim_write(self, write: PermittedWrite, most_per_hour: int) -> datetime | None:
        """Count a write before its permit is issued: None, and it is counted (once by its key); or, where the hour
        before it is full, when the next one is free, and nothing is counted. An undo always counts and is never full.
        """

    async def next_write_at(self, now: datetime, most_per_hour: int) -> datetime | None:
        """When a write that is no undo would be free; None: now."""

    async def last_write(self, workload: str) -> datetime | None:
        """The last write that was permitted on this workload, an undo too."""

    async def keep_remedy_result(self, result: RemedyResult) -> None:
        """One that did not help counts once by its key; one that did sets the count back."""

    async def breaker_counts(self) -> list[BreakerCount]:
        """Failed verifications since the last one that held, the latest first; none of what has no failure."""

    async def reset_breaker(self, failure_class: str, workload: str) -> bool:
        """Whether there was anything to set back."""

    async def reply(self, key: str) -> str | None:
        """What a request with this idempotency key was answered with."""

    async def keep_reply(self, key: str, body: str, at: datetime) -> None:
        """The first one of a key is kept."""

    async def keep_chat_session(self, session: ChatSession) -> None:
        """One that is there already stays as it is."""

    async def chat_session(self, session: str) -> ChatSession | None: ...

    async def chat_sessions(self, *, limit: int = 50, before: str = "") -> list[ChatSession]:
        """Last used first; with `before` only those that were last used before this one."""

    async def drop_chat_session(self, session: str) -> bool:
        """Forget it with its turns; False where there is none."""

    async def keep_chat_turn(self, turn: ChatTurn) -> int:
        """Add to the turns of its session, as the next one whatever number it has; its number. Where the session was
        dropped nothing is kept: 0."""

    async def chat_turns(self, session: str, *, after: int = 0, limit: int = 100) -> list[ChatTurn]:
        """Oldest first, after the turn of this number."""

    async def last_chat_turn(self, session: str) -> ChatTurn | None: ...

    async def keep_sweep_run(self, run: SweepRun) -> None:
        """In place of what was kept of it."""

    async def sweep_run(self, run: str) -> SweepRun | None:
        """One whose process no longer lives has failed."""

    async def sweep_runs(
        self, *, namespace: str | None = None, done: bool = False, limit: int = 50, before: str = ""
    ) -> list[SweepRun]:
        """Newest first; of one namespace (empty: the whole cluster) or of all; with `before` those older than this."""

    async def use_runtime_session(self, use: RuntimeSession) -> RuntimeSession:
        """Keep its figures; when it began, and that it is to stop, stay as they are kept. What is kept now."""

    async def stop_runtime_session(self, session: str, why: str) -> bool:
        """It is to take nothing more and end; False where there is none."""

    async def runtime_sessions(self, *, limit: int = 50) -> list[RuntimeSession]:
        """Last used first."""

    async def forget(self, *, ended_before: datetime, events_before: datetime) -> list[str]:
        """Remove incidents that ended before then with all that belongs to them, chat sessions and sweeps of before
        then, and replies of before then, and entries of the record of before then that belong to no incident; which
        incidents. What model calls cost stays, and so does a signed checkpoint where entries stood."""

    async def take_alarms(
        self, entries: Sequence[AlarmEntry], settings: AlarmSettings, now: datetime
    ) -> list[AlarmReceipt]:
        """What becomes of each, all at once: attached to an incident, opening or closing one, or only recorded."""

    async def receipts(self, *, limit: int = 50, before: int | None = None) -> list[tuple[int, AlarmReceipt]]:
        """What became of alarms, newest first, each with a number that grows by time."""

    async def attached(self, incident: str) -> list[tuple[Signal, str]]:
        """Every signal that alarms brought to an incident, in order, with what it shares with the incident."""

    async def firing(self, incident: str) -> list[tuple[Signal, str]]:
        """Of these the last one of each alarm that is not resolved."""

    async def keep_dependencies(self, pairs: Iterable[tuple[str, str]], at: datetime) -> None:
        """What was seen to call what, as keys of `AlarmLinks`."""

    def record(self, event: Event) -> None:
        """Keep it soon, in the order of the calls, without secrets; nobody waits for it. See `domain.record`."""

    async def recorded(self) -> None:
        """All that was given to `record` is kept when this returns. Raises one of STORAGE_ERRORS where it cannot be."""

    async def entries(self, incident: str | None = None, *, after: int = 0, limit: int = 500) -> list[RecordEntry]:
        """The record after the entry `after`, of one incident or of all; oldest first."""

    async def sign_head(self) -> RecordHead | None:
        """The end of the record, signed now; None where nothing was recorded yet."""

    async def record_heads(self) -> list[RecordHead]:
        """Those that were signed, oldest first; for what was removed there may be none."""

    async def removed_entries(self) -> list[RemovedEntries]:
        """What stands in the place of entries that `forget` removed, in order."""

    async def events(self, incident: str | None = None, *, after: int = 0, limit: int = 500) -> list[StoredEvent]:
        """What happened after the event `after`, in one incident or in all; oldest first."""

    async def last_event(self) -> int:
        """The `seq` of the newest event; 0 where there is none."""

    async def close(self) -> None: ...
