"""What specialists bring: evidence in the ledger, and what it amounts to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field, model_validator

from mcp_servers.contract import calls, refusals
from mcp_servers.contract.facts import Answer
from mcp_servers.contract.refusals import Refusal
from sre_agent.domain.base import EvidenceId, IncidentId, Noun, renamed


class Evidence(Noun):
    """One tool call and its answer, as it stands in the ledger. When it failed `refusal` says why.

    `duration_ms` is the time until it was answered or given up. `by_model`: a chat model thought of the call, and not
    the rules. `earlier_refusals` came before this answer or error; each call was made again.
    """

    id: EvidenceId
    incident: IncidentId
    round: int
    agent: str
    server: str
    tool: str
    arguments: dict[str, object]
    answer: Answer | None = None
    refusal: Refusal | None = None
    earlier_refusals: tuple[Refusal, ...] = ()
    asked_at: datetime
    duration_ms: float = 0.0
    by_model: bool = False

    @model_validator(mode="before")
    @classmethod
    def _of_older_versions(cls, record: Any) -> Any:
        """The oldest records have the error as a text."""
        record = renamed(record, {"tried": "earlier_refusals"})
        if not (isinstance(record, dict) and "error" in record):
            return record
        rest = {name: value for name, value in record.items() if name != "error"}
        if record["error"] and rest.get("refusal") is None:
            rest["refusal"] = refusals.of_text(record["error"])
        return rest

    @property
    def period(self) -> timedelta | None:
        """The length of the periods that an answer about metrics counts over, as it says itself or as it was asked."""
        data = self.answer.data if self.answer else {}
        places = [data, data.get("metric"), data.get("symptom"), self.arguments]
        periods = [part["period"] for part in places if isinstance(part, Mapping) and part.get("period")]
        seconds = periods[0] if periods else None
        return timedelta(seconds=seconds) if isinstance(seconds, int | float) else None

    @property
    def error(self) -> str:
        """The refusal as people read it; empty where there is none. No code decides by it."""
        return str(self.refusal) if self.refusal is not None else ""

    @property
    def kind(self) -> str:
        """Why there is no answer: the refusal's kind; empty where there is one."""
        return self.refusal.kind if self.refusal is not None else ""

    @property
    def is_transient(self) -> bool:
        """A failure, of all or of a part, that says nothing about the world: it is asked again, later in the run and by
        whoever takes the incident up."""
        if self.answer is not None:
            return any(part.is_transient for part in self.answer.coverage)
        return self.refusal is not None and self.refusal.is_transient

    @property
    def calls(self) -> int:
        """How often the server was called for it."""
        return 1 + len(self.earlier_refusals)

    @property
    def mistaken(self) -> bool:
        """A call that no one but a model could mean: what it names is not there. It leaves nothing unseen."""
        return self.by_model and self.kind in ("not_found", "bad_request")


def evidence_id(
    incident: str, round_: int, agent: str, tool: str, arguments: dict[str, Any], live: str = ""
) -> EvidenceId:
    """The key of a record: the same call of the same round is one record. `live` names a fresh look."""
    key = f"{incident}/{round_}/{agent}/{live}/".encode() + calls.canonical(tool, arguments)
    return EvidenceId(hashlib.sha256(key).hexdigest()[:20])


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
