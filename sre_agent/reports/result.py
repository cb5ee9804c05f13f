"""Everything that a run leaves behind and a report is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sre_agent.domain.action import ApprovalDecision, PolicyDecision, Remediation
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Evidence, Finding
from sre_agent.domain.incident import Incident
from sre_agent.domain.past_incident import SeenBefore
from sre_agent.domain.run import ApprovalQuestion, Outcome, RemediationPlan, RoutedQuestion
from sre_agent.domain.signal import Signal
from sre_agent.domain.verification import Verification
from sre_agent.reports.commands import ConnectionOptions


@dataclass(frozen=True)
class RunResult:
    """One run, ended at `ended_at`. `ledger` is all evidence, verifications included.

    `gaps` are sentences about what could not be seen beside those of the findings. `question` is what a human was asked
    last and `decision` the answer, `routed` what a chat model asked specialists, `model_notes` where it failed.
    `seen_before` are past incidents like it, and `recurs` the confirmed one that it is again.
    `attached` are the signals that alarms brought, each with what it shares with the incident. `reach` says how the run
    reached cluster and account.
    """

    incident: Incident
    outcome: Outcome
    diagnosis: Diagnosis
    ledger: Sequence[Evidence]
    ended_at: datetime
    findings: Sequence[Finding] = ()
    gaps: Sequence[str] = ()
    plan: RemediationPlan = field(default_factory=RemediationPlan)
    policy_decision: PolicyDecision | None = None
    question: ApprovalQuestion | None = None
    decision: ApprovalDecision | None = None
    remediations: Sequence[Remediation] = ()
    verification: Verification | None = None
    routed: Sequence[RoutedQuestion] = ()
    model_notes: Sequence[str] = ()
    attached: Sequence[tuple[Signal, str]] = ()
    seen_before: Sequence[SeenBefore] = ()
    recurs: str = ""
    reach: ConnectionOptions = field(default_factory=ConnectionOptions)
