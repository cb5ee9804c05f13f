"""What is said at the end, to people and to machines."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from sre_agent.domain.action import Action, Remediation, Ruling, Verification
from sre_agent.domain.base import EvidenceId, IncidentId, Noun, Severity
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Claim
from sre_agent.domain.incident import Reason, Status


class EvidenceLine(Noun):
    """An entry of the ledger under its display number (E1 …)."""

    number: str
    id: EvidenceId
    agent: str
    server: str
    tool: str
    arguments: dict[str, object]
    excerpt: str


class TimelineEntry(Noun):
    at: datetime
    what: str
    evidence: str = ""  # display number


class Cost(Noun):
    """What the run took. Money in US dollars; tokens of the model, none without one."""

    tool_calls: int
    seconds: float
    input_tokens: int = 0
    output_tokens: int = 0
    dollars: float = 0.0


class Report(Noun):
    """Verdict first. Everything that states a fact names its evidence by display number."""

    incident: IncidentId
    title: str
    severity: Severity
    status: Status
    reason: Reason
    verdict: str
    statement: str
    opened_at: datetime
    ended_at: datetime
    subjects: list[str]
    diagnosis: Diagnosis
    claims: list[Claim]
    evidence: list[EvidenceLine]
    gaps: list[str]
    action: Action | None = None
    ruling: Ruling | None = None
    remediations: list[Remediation] = Field(default_factory=list)
    verification: Verification | None = None
    next_steps: list[str] = Field(default_factory=list)
    timeline: list[TimelineEntry] = Field(default_factory=list)
    trace_id: str = ""
    cost: Cost
