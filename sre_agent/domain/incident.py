"""An incident: many signals about the same thing, one run, one outcome."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from mcp_servers.contract.facts import Subject
from sre_agent.domain.base import IncidentId, Noun, Severity
from sre_agent.domain.signal import Signal

Status = Literal["investigating", "diagnosed", "remediated", "escalated", "answered"]
Reason = Literal[
    "",
    "fixed",
    "recovered",
    "no_fault",
    "approval_denied",
    "approval_expired",
    "no_safe_action",
    "writes_off",
    "inconclusive",
    "verification_failed",
    "tools_unavailable",
    "budget_exhausted",
    "cancelled",
    "answered",
    "auto_resolved",
]
ENDED: frozenset[Status] = frozenset({"remediated", "escalated", "answered"})


class Incident(Noun):
    """`signals` in order of arrival, the first one opened it. `epoch` fences its writers: each lease raises it.

    `graph_version` says which graph runs it. `question` is the open approval question's id and `question_digest` the
    digest of the action it is about; both empty when none is open. `sign_offs` are the identities that approved the
    open question's action before, where it needs more than one. `reopens` is the incident that was remediated and did
    not stay well, `reopened_as` the one that took it up again. `cluster` and `account` say where it is, in a responder
    that serves several; empty where there is one, and where nobody said which.
    """

    id: IncidentId
    fingerprint: str
    title: str
    severity: Severity
    opened_at: datetime
    ended_at: datetime | None = None
    status: Status = "investigating"
    reason: Reason = ""
    signals: list[Signal]
    subjects: list[Subject] = Field(default_factory=list)
    children: list[IncidentId] = Field(default_factory=list)
    graph_version: int = 1
    epoch: int = 0
    question: str = ""
    question_digest: str = ""
    sign_offs: list[str] = Field(default_factory=list)
    trace_id: str = ""
    cluster: str = ""
    account: str = ""
    reopens: str = ""
    reopened_as: str = ""

    @property
    def place(self) -> str:
        """Its cluster, else its account; empty where neither is said."""
        return self.cluster or self.account

    @property
    def open(self) -> bool:
        return self.status not in ENDED

    @property
    def seconds(self) -> float:
        """From its opening to its end; 0 while it is open."""
        return (self.ended_at - self.opened_at).total_seconds() if self.ended_at is not None else 0.0

    @property
    def lacks_report(self) -> str:
        """Why it has no report, where it has none."""
        return "its alarms resolved before anybody looked" if self.reason == "auto_resolved" else "no report yet"
