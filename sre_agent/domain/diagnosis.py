"""What is believed about the cause, with every weight that led there."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from mcp_servers.contract.facts import Subject
from sre_agent.domain.base import EvidenceId, Noun
from sre_agent.domain.claim import AlarmClaim
from sre_agent.domain.finding import EvidenceRequest


class Term(Noun):
    """One line of the sum: an observation (or its absence) and what it weighs for or against the hypothesis."""

    observation: str
    subject: str
    weight: int
    evidence: EvidenceId | Literal[""]
    excerpt: str = ""
    note: str = ""


class FieldCorrection(Noun):
    """A field of a workload's template that would correct a cause, with the value that it evidently should have.

    `path` is its JSON pointer in `subject`, `name` the variable, probe, resource, label or kind of object. `now` and
    `value` are text, or JSON where the field is none; empty: the field is not there. `exact`: nothing of them is
    cut. `source` and `of` say what has that value.
    """

    subject: Subject
    field: str
    container: str = ""
    name: str = ""
    now: str = ""
    value: str = ""
    exact: bool = False
    source: str
    of: str = ""
    path: str = ""
    evidence: EvidenceId

    @property
    def without_precedent(self) -> bool:
        """Whether nothing that ran or was declared has the value: it is what is left without the field, or without its
        tag."""
        return self.source == "default_tag" or (not self.value and self.source in ("nodes", "image"))


class Hypothesis(Noun):
    """A failure class on a subject. `score` is the sum of its terms, `confidence` between 0 and 1.

    `explains` lists the observations that follow from it (`code subject`), `since` is when it began as far as known.
    `evidence` are the calls whose facts its statement is filled in from, `corrections` fields whose right value is
    evident.
    """

    failure_class: str
    title: str
    subject: Subject
    score: int
    confidence: float
    decisive: bool
    terms: list[Term]
    explains: list[str] = Field(default_factory=list)
    statement: str
    evidence: list[EvidenceId] = Field(default_factory=list)
    since: datetime | None = None
    corrections: list[FieldCorrection] = Field(default_factory=list)

    @property
    def key(self) -> str:
        """The class on the subject, as one word for what was done about it."""
        return f"{self.failure_class} {self.subject.short}"


class RuledOut(Noun):
    """A hypothesis that was weighed and why it fell."""

    failure_class: str
    subject: str
    why: str


class Proposal(Noun):
    """A cause that a chat model names and that no rule proves. It is told as such and acted on with approval alone.

    `name` is a class that the catalogue lacks, `statement` what it says in words that `evidence` shows, `terms` the
    observations it rests on. `remedy` is `class/remedy` of the catalogue, empty without one. `draft` is the content of
    the class file that it would be; `model` and `prompt` say where it comes from.
    """

    name: str
    title: str
    subject: Subject
    statement: str
    confidence: float
    terms: list[Term]
    evidence: list[EvidenceId]
    remedy: str = ""
    draft: dict[str, Any]
    model: str
    prompt: str

    @property
    def hypothesis(self) -> Hypothesis:
        """As a cause that something may be done about."""
        return Hypothesis(
            failure_class=self.name,
            title=self.title,
            subject=self.subject,
            score=sum(term.weight for term in self.terms),
            confidence=self.confidence,
            decisive=False,
            terms=self.terms,
            statement=self.statement,
        )


class Diagnosis(Noun):
    """The engine's verdict, with what a chat model adds to it.

    `cause`: `hypothesis` is believed, and so are those in `also`, independent causes of what it does not explain.
    `no_fault`: looked at enough and nothing is wrong. `recovered`: something was wrong and no longer is (`hypothesis`
    may say what). `inconclusive`: not enough to say; `hypothesis` may lead. `proposed`: as inconclusive, but something
    can be done about the cause in `proposal`. `statement` is the one answer in plain words.
    """

    verdict: Literal["cause", "no_fault", "recovered", "inconclusive", "proposed"]
    hypothesis: Hypothesis | None = None
    also: list[Hypothesis] = Field(default_factory=list)
    others: list[Hypothesis] = Field(default_factory=list)
    ruled_out: list[RuledOut] = Field(default_factory=list)
    missing: list[str] = Field(default_factory=list)
    elsewhere: list[str] = Field(default_factory=list)
    statement: str
    evidence: list[EvidenceId] = Field(default_factory=list)
    proposal: Proposal | None = None

    @property
    def causes(self) -> list[Hypothesis]:
        """What is believed to be the cause, with the independent ones; none without a verdict of `cause`."""
        return [self.hypothesis, *self.also] if self.verdict == "cause" and self.hypothesis is not None else []

    @property
    def leading(self) -> Hypothesis | None:
        """What is told first: the hypothesis, or the proposed cause where nothing else can be acted on."""
        return self.hypothesis if self.verdict != "proposed" or self.proposal is None else self.proposal.hypothesis

    @property
    def to_mend(self) -> list[Hypothesis]:
        """What something may be done about: the causes, or the proposed one."""
        if self.verdict == "proposed" and self.proposal is not None:
            return [self.proposal.hypothesis]
        return self.causes


class WeighingInputs(Noun):
    """All that the engine's verdict rests on, so that it can be had again: what the incident is about, what the signal
    claims, what it led to nothing for (`gaps`), the evidence in its order, the digest of the failure classes, and that
    of the verdict itself, before a chat model had its word.
    """

    subjects: list[Subject]
    started_at: datetime
    claims: list[AlarmClaim] = Field(default_factory=list)
    gaps: list[str] = Field(default_factory=list)
    evidence: list[EvidenceId]
    catalogue: str
    verdict: str


class Weighing(Noun):
    """What the engine makes of the evidence so far: a diagnosis if it had to stop, and what it would ask next."""

    diagnosis: Diagnosis
    follow_ups: list[EvidenceRequest] = Field(default_factory=list)
