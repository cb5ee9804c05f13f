"""What is believed about the cause, with every weight that led there."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from mcp_servers.contract.facts import Subject
from sre_agent.domain.base import EvidenceId, Noun
from sre_agent.domain.finding import EvidenceRequest


class Term(Noun):
    """One line of the sum: an observation (or its absence) and what it weighs for or against the hypothesis."""

    observation: str
    subject: str
    weight: int
    evidence: EvidenceId | Literal[""]
    excerpt: str = ""
    note: str = ""


class Hypothesis(Noun):
    """A failure class on a subject. `score` is the sum of its terms, `confidence` between 0 and 1.

    `explains` lists the observations that follow from it (`code subject`), `since` is when it began as far as known.
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
    since: datetime | None = None

    @property
    def key(self) -> str:
        """The class on the subject, as one word for what was done about it."""
        return f"{self.failure_class} {self.subject.short}"


class RuledOut(Noun):
    """A hypothesis that was weighed and why it fell."""

    failure_class: str
    subject: str
    why: str


class Diagnosis(Noun):
    """The engine's verdict.

    `cause`: `hypothesis` is believed, and so are those in `also`, independent causes of what it does not explain.
    `no_fault`: looked at enough and nothing is wrong. `recovered`: something was wrong and no longer is (`hypothesis`
    may say what). `inconclusive`: not enough to say; `hypothesis` may lead. `statement` is the one answer in plain
    words.
    """

    verdict: Literal["cause", "no_fault", "recovered", "inconclusive"]
    hypothesis: Hypothesis | None = None
    also: list[Hypothesis] = Field(default_factory=list)
    others: list[Hypothesis] = Field(default_factory=list)
    ruled_out: list[RuledOut] = Field(default_factory=list)
    missing: list[str] = Field(default_factory=list)
    elsewhere: list[str] = Field(default_factory=list)
    statement: str
    evidence: list[EvidenceId] = Field(default_factory=list)

    @property
    def causes(self) -> list[Hypothesis]:
        """What is believed to be the cause, with the independent ones; none without a verdict of `cause`."""
        return [self.hypothesis, *self.also] if self.verdict == "cause" and self.hypothesis is not None else []


class Weighing(Noun):
    """What the engine makes of the evidence so far: a diagnosis if it had to stop, and what it would ask next."""

    diagnosis: Diagnosis
    wanted: list[EvidenceRequest] = Field(default_factory=list)
