"""What specialists bring: evidence in the ledger, and what it amounts to."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from mcp_servers.contract.facts import Answer
from sre_agent.domain.base import EvidenceId, IncidentId, Noun


class Evidence(Noun):
    """One tool call and its answer, as it stands in the ledger. `error` is set instead of an answer when it failed.

    `duration_ms` is the time of the round trip. `by_model`: a chat model thought of the call, and not the rules.
    """

    id: EvidenceId
    incident: IncidentId
    round: int
    agent: str
    server: str
    tool: str
    arguments: dict[str, object]
    answer: Answer | None = None
    error: str = ""
    asked_at: datetime
    duration_ms: float = 0.0
    by_model: bool = False

    @property
    def mistaken(self) -> bool:
        """A call that no one but a model could mean: what it names is not there. It leaves nothing unseen."""
        return self.by_model and self.error.startswith(("[not_found]", "[bad_request]"))


class EvidenceRequest(Noun):
    """A call that would decide something: which specialist is to make it, and between what it decides."""

    agent: str
    tool: str
    arguments: dict[str, object]
    decides: str = ""


class Claim(Noun):
    """One statement of fact and the evidence that shows it. Without evidence a claim is dropped."""

    text: str
    evidence: list[EvidenceId]


class Finding(Noun):
    """What one specialist found: claims, what it rules out, what it could not see, and the ids of all it looked at.

    `trouble` says where a chat model went astray and what was made of it; none without one.
    """

    agent: str
    round: int
    claims: list[Claim] = Field(default_factory=list)
    ruled_out: list[Claim] = Field(default_factory=list)
    gaps: list[str] = Field(default_factory=list)
    trouble: list[str] = Field(default_factory=list)
    evidence: list[EvidenceId] = Field(default_factory=list)
    seconds: float = 0.0
