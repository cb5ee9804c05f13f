"""How an inquiry ends: what a model claims, held against the ledger before anybody hears of it.

A claim stays when the evidence that it names exists and holds each name, number and time in it. The rest is dropped and
counted. What stays is told as the model's own words: its sense is not verified.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from pydantic import BaseModel, Field, field_validator

from mcp_servers.contract.bounds import excerpt
from sre_agent.agents.briefing import resolve_citations
from sre_agent.domain.base import EvidenceId
from sre_agent.domain.finding import Claim, Evidence
from sre_agent.language.grounding import has_claims
from sre_agent.language.lexicon import language_of
from sre_agent.language.source import EvidenceText
from sre_agent.language.sources import of_call
from sre_agent.prompting import printable

STATEMENTS: Final = 12
GAPS: Final = 6
UNSEEN: Final = "A chat model could not see: {}"
CHARACTERS: Final = 300
TEXT_LIMIT: Final = 2_000  # characters of anything that a model wrote that are looked at
_NUMBERS: Final = re.compile(r"[\[(] ?(?:evidence )?L\d{1,6}(?: ?(?:,|and|\+|;|-) ?L\d{1,6})* ?[\])]", re.I)
_NUMBER: Final = re.compile(r"L\d{1,6}", re.I)


class ConclusionClaim(BaseModel):
    text: str = Field(description="one plain sentence; names, numbers and times exactly as the data has them")
    evidence: list[str] = Field(default_factory=list, description="numbers of the evidence that shows it, as L3")

    @field_validator("evidence", mode="before")
    @classmethod
    def _split_numbers(cls, value: Any) -> Any:
        """Some models write `L3, L4` or 3."""
        if isinstance(value, str):
            return _NUMBER.findall(value[:TEXT_LIMIT])
        if isinstance(value, list):
            return [f"L{item}" if isinstance(item, int) else item for item in value]
        return value


class Conclusion(BaseModel):
    """What you found out. Call this once, when you know enough or can look no further."""

    claims: list[ConclusionClaim] = Field(default_factory=list, description="what is the case, the most telling first")
    ruled_out: list[ConclusionClaim] = Field(default_factory=list, description="what was suspected and is not so")
    gaps: list[str] = Field(default_factory=list, description="what could not be seen, one sentence each")


@dataclass(frozen=True)
class GroundedConclusion:
    """What of a conclusion the ledger holds; `dropped` counts the statements that it does not."""

    claims: list[Claim] = field(default_factory=list)
    ruled_out: list[Claim] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    dropped: int = 0


def ground_conclusion(conclusion: Conclusion, ledger: Sequence[Evidence]) -> GroundedConclusion:
    """The statements that their own evidence shows, and the gaps that name nothing but what was seen or asked."""
    proof = _Proof(ledger)
    claims, ruled_out = proof.claims(conclusion.claims), proof.claims(conclusion.ruled_out)
    return GroundedConclusion(claims, ruled_out, proof.gaps(conclusion.gaps), proof.dropped)


class _Proof:
    """The ledger as text, each piece read when something is held against it. `dropped` counts what it does not hold."""

    def __init__(self, ledger: Sequence[Evidence]) -> None:
        self._ledger = {item.id: item for item in ledger}
        self._sources: dict[EvidenceId, EvidenceText] = {}
        self.dropped = 0

    def claims(self, conclusion_claims: Sequence[ConclusionClaim]) -> list[Claim]:
        """Each once; one that names nothing is nobody's claim about the world."""
        by_text: dict[str, Claim] = {}
        for one in conclusion_claims[:STATEMENTS]:
            line = _line(one.text)
            text = excerpt(_close_gaps(_NUMBERS.sub("", line)), CHARACTERS)
            within = _NUMBER.findall(" ".join(_NUMBERS.findall(line)))
            evidence = resolve_citations(list(self._ledger.values()), [*one.evidence, *within])
            if evidence and has_claims(text) and self._hold(evidence, text):
                by_text.setdefault(text, Claim(text=text, evidence=evidence))
            else:
                self.dropped += 1
        return list(by_text.values())

    def gaps(self, gap_texts: Sequence[str]) -> list[str]:
        """Each once, as what a model said; one that names nothing says nothing of what there is."""
        texts = [excerpt(_line(gap), CHARACTERS) for gap in gap_texts[:GAPS] if gap.strip()]
        grounded_texts = [
            text
            for text in texts
            if (has_claims(text) or self._mentions_subject(text)) and self._hold(self._ledger, text)
        ]
        self.dropped += len(texts) - len(grounded_texts)
        return [UNSEEN.format(text) for text in dict.fromkeys(grounded_texts)]

    def _hold(self, evidence: Collection[EvidenceId], text: str) -> bool:
        """Whether its names, numbers and times stand in the evidence. A model may ask for what was known before, by its
        name."""
        sources = [self._source(id_) for id_ in evidence]
        model_evidence = [one for id_ in evidence if (one := self._ledger[id_]).by_model]
        question_texts = (
            [EvidenceText("\n".join(str(one.arguments) for one in model_evidence)), self._before]
            if model_evidence
            else []
        )
        return all(
            any(source.holds(token) for source in sources)
            or (bool(question_texts) and all(source.holds(token) for source in question_texts))
            for token in has_claims(text, language=language_of(text))
        )

    def _mentions_subject(self, text: str) -> bool:
        """Whether it names a subject whose name looks like a word."""
        return not self._subjects.isdisjoint(text.casefold().replace(".", " ").replace(",", " ").split())

    @cached_property
    def _subjects(self) -> set[str]:
        answers = [item.answer for item in self._ledger.values() if item.answer is not None]
        return {observation.subject.name.casefold() for answer in answers for observation in answer.observations}

    @cached_property
    def _before(self) -> EvidenceText:
        """What was known without any model's question."""
        return EvidenceText("\n".join(of_call(item).text for item in self._ledger.values() if not item.by_model))

    def _source(self, id_: EvidenceId) -> EvidenceText:
        if id_ not in self._sources:
            self._sources[id_] = of_call(self._ledger[id_])
        return self._sources[id_]


def _line(text: str) -> str:
    """On one line, and no longer than anybody reads: what is matched against it takes time by its length."""
    return " ".join(printable(text[:TEXT_LIMIT]).split())


def _close_gaps(text: str) -> str:
    """Without the room that a number left before the end of a sentence."""
    flat = " ".join(text.split())
    for sign in ".,;:!?":
        flat = flat.replace(f" {sign}", sign)
    return flat
