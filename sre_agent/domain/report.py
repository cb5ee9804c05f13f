"""What is said at the end, to people and to machines."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal

from pydantic import Field, model_validator

from sre_agent.domain.action import Action, PolicyDecision, Remediation, Verdict
from sre_agent.domain.base import EvidenceId, IncidentId, Noun, Severity, renamed
from sre_agent.domain.degradation import Degradation
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Claim
from sre_agent.domain.git_change import GitChange
from sre_agent.domain.incident import Reason, Status
from sre_agent.domain.past_incident import SeenBefore
from sre_agent.domain.verification import FailedRemedy, Verification


class EvidenceLine(Noun):
    """An entry of the ledger under its display number (E1 …). Of a `failed` call the excerpt is our own error."""

    number: str
    id: EvidenceId
    agent: str
    server: str
    tool: str
    arguments: dict[str, object]
    excerpt: str
    failed: bool = False


class CitedRecord(Noun):
    """What is cited and is no call that looked: a signal (S1 …) or a write (W1 …). `what` is its own words."""

    number: str
    at: datetime
    what: str


class TimelineEntry(Noun):
    at: datetime
    what: str
    evidence: str = ""  # display numbers


class CausalLink(Claim):
    """One link of the chain from the cause to what people noticed."""

    part: Literal["change", "mechanism", "symptom"]


class NextStep(Noun):
    """`owner` is who can take it: a name that the workload carries, else a role."""

    what: str
    owner: str = ""


class Offer(Noun):
    """A remedy that would fit, and whether the policy would let it run: unattended, with approval, or not at all."""

    purpose: str
    server: str
    tool: str
    verdict: Verdict


class Cost(Noun):
    """What the run took. Money in US dollars; tokens of the model, none without one.

    `input_tokens` counts all of the prompts, `cached_tokens` the part of it that a cache gave back, which is also
    `cache_hit_rate` (0 to 1). `failed_calls` of the `model_calls` gave no answer.
    """

    tool_calls: int
    seconds: float
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_hit_rate: float | None = None
    dollars: float = 0.0
    model_calls: int = 0
    failed_calls: int = 0


OLDER_KEYS: Final = {
    "ruling": "policy_decision",
    "seen": "symptoms",
    "also": "other_causes",
    "considered": "proposals",
    "found": "conclusions",
    "dropped": "sentences_dropped",
}
SCHEMA: Final = "sre-report/4"  # of the report's JSON; its number rises when a field goes or changes its meaning


class Report(Noun):
    """Verdict first. Everything that states a fact names its evidence by display number; `sentences_dropped` counts the
    sentences that were left out because their evidence does not show what they name. `schema_version` is the form of
    the JSON.

    `severity_why` says who set the severity, or the rule it follows from. `impact_unknown` and `gaps_mean` say what
    nobody could see and what that means for the verdict; a gap itself may have no evidence. `symptoms` are what is
    wrong where no cause explains it, `offers` what could be done and `unfit` why other remedies cannot (both of a run
    that only looks), `other_causes` independent ones, `proposals` what a chat model proposes beside the believed cause,
    `claims` what the specialists said, for machines, and `conclusions` those of them that a chat model drew.
    `actions_taken` (`done` in JSON) are writes and what their checks showed, `actions_not_taken` (`not_done`) what was
    proposed and rejected, denied or refused. `look`,
    `by_hand`, `undo` and `allow` are command lines: to see what it is about, to do what was not done, to take back what
    was, and to let the responder do it; each empty where there is none. `failed_remedies` were written and did not
    heal; `verification` is the last look of the run, `guardian` the one some time after it. `reopens` is the incident
    that did not stay well, `reopened_as` the one that took it up again.

    `seen_before` are past incidents like this one, the most alike first. `recurs` is the confirmed one that this is
    again: its deciding calls proved the same, or all that was read shows it as then; empty for every other incident.

    `summary` are statements of the report that a chat model picked to stand first, `words` what it said itself, in
    `language` (a BCP 47 tag): their names, numbers and times stand in their evidence, and their sense is not verified.

    `git_changes` are what has to change in Git, where something else declares the object.

    `alarms` are sentences about the other alarms that the incident stands for: what they share with it, which are over.

    `notifications` are sentences about who was told of the incident elsewhere, and who could not be.

    `prompts` are those that a chat model was asked with, `prompt_version` the version that the incident got; both empty
    where there is no model.

    `cluster` and `account` say where it is, in a responder that serves several.

    `degradation` is how much of the responder worked when this was written; None where nobody could tell.
    """

    schema_version: str = SCHEMA
    incident: IncidentId
    title: str
    cluster: str = ""
    account: str = ""
    severity: Severity
    severity_why: str = ""
    status: Status
    reason: Reason
    verdict: str
    summary: list[Claim] = Field(default_factory=list)
    words: list[Claim] = Field(default_factory=list)
    language: str = ""
    statement: str
    statement_evidence: list[str] = Field(default_factory=list)
    opened_at: datetime
    ended_at: datetime
    subjects: list[str]
    alarms: list[str] = Field(default_factory=list)
    impact: list[Claim] = Field(default_factory=list)
    impact_unknown: str = ""
    diagnosis: Diagnosis
    chain: list[CausalLink] = Field(default_factory=list)
    actions_taken: list[Claim] = Field(alias="done", default_factory=list)
    actions_not_taken: list[Claim] = Field(alias="not_done", default_factory=list)
    look: str = ""
    by_hand: str = ""
    git_changes: list[GitChange] = Field(default_factory=list)
    undo: str = ""
    allow: str = ""
    symptoms: list[Claim] = Field(default_factory=list)
    ruled_out: list[Claim] = Field(default_factory=list)
    other_causes: list[Claim] = Field(default_factory=list)
    proposals: list[Claim] = Field(default_factory=list)
    elsewhere: list[Claim] = Field(default_factory=list)
    conclusions: list[Claim] = Field(default_factory=list)
    claims: list[Claim]
    evidence: list[EvidenceLine]
    records: list[CitedRecord] = Field(default_factory=list)
    gaps: list[Claim]
    gaps_mean: str = ""
    action: Action | None = None
    policy_decision: PolicyDecision | None = None
    remediations: list[Remediation] = Field(default_factory=list)
    verification: Verification | None = None
    guardian: Verification | None = None
    reopens: str = ""
    reopened_as: str = ""
    seen_before: list[SeenBefore] = Field(default_factory=list)
    recurs: str = ""
    failed_remedies: list[FailedRemedy] = Field(default_factory=list)
    next_steps: list[NextStep] = Field(default_factory=list)
    offers: list[Offer] = Field(default_factory=list)
    unfit: list[str] = Field(default_factory=list)
    timeline: list[TimelineEntry] = Field(default_factory=list)
    sentences_dropped: int = 0
    trace_id: str = ""
    cost: Cost
    prompts: list[str] = Field(default_factory=list)
    prompt_version: str = ""
    model_notes: list[str] = Field(default_factory=list)
    degradation: Degradation | None = None
    notifications: list[str] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _of_older_versions(cls, value: Any) -> Any:
        """The keys of sre-report/1 and /2; a summary in a language is one that a model wrote in its own words."""
        value = renamed(value, OLDER_KEYS)
        if isinstance(value, dict) and value.get("language") and "words" not in value:
            return {**value, "summary": [], "words": value.get("summary", [])}
        return value
