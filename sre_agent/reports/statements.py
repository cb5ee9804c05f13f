"""A finished report as a sheet of numbered statements (R1, R2 …): what whoever tells it picks from, and rests words on.

R1 is the verdict. Each statement keeps the evidence that the report gives for it. What was ruled out is not on it: who
retells a cause that is none needs only to drop a word to make it one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sre_agent.domain.base import EvidenceId
from sre_agent.domain.finding import Claim
from sre_agent.domain.report import Report
from sre_agent.language.grounding import sentences
from sre_agent.language.narrative import ITEMS, GroundedNarrative, Narrative, ground_narrative
from sre_agent.language.source import EvidenceText

VERDICT: Final = "R1"
LINES: Final = 60
LONGEST: Final = 500  # characters of one statement


@dataclass(frozen=True)
class Statement:
    """One sentence of a report: `id` as R3, `part` says what it tells of."""

    id: str
    part: str
    text: str
    evidence: tuple[EvidenceId, ...]

    @property
    def line(self) -> str:
        """As a model reads it, with the evidence that it may cite as well."""
        citation = f" ({', '.join(self.evidence)})" if self.evidence else ""
        return f"{self.id} {self.part}{citation}: {' '.join(self.text.split())}"


def statements_of(report: Report) -> list[Statement]:
    """The report's sentences, the verdict first, each once."""
    by_text: dict[str, tuple[str, Sequence[str]]] = {}
    for part, text, evidence in _parts(report):
        if text:
            by_text.setdefault(text[:LONGEST], (part, evidence))
    return [
        Statement(f"R{number}", part, text, tuple(map(EvidenceId, evidence)))
        for number, (text, (part, evidence)) in enumerate(list(by_text.items())[:LINES], 1)
    ]


def grounded(report: Report, account: Narrative) -> GroundedNarrative:
    """What of an account may be told: of its words what stands in the statements and the evidence that they cite."""
    sources = {one.id: EvidenceText(one.text) for one in statements_of(report)}
    for line in report.evidence:
        sources[line.number] = EvidenceText(f"{line.server} {line.tool} {line.arguments}\n{line.excerpt}")
    return ground_narrative(account.items[:ITEMS], sources)


def claims_of(report: Report, account: GroundedNarrative) -> tuple[list[Claim], list[Claim]]:
    """The statements that were picked, without the verdict, which stands there anyway; and the model's own words."""
    by_id = {one.id: one for one in statements_of(report)}
    statements = [by_id[number] for number in account.statements if number in by_id and number != VERDICT]
    summary = [Claim(text=one.text, evidence=list(one.evidence)) for one in statements]
    words = []
    for one in account.grounded_words:
        evidence_lists = [by_id[number].evidence if number in by_id else (EvidenceId(number),) for number in one.cites]
        words.append(Claim(text=one.text, evidence=list(dict.fromkeys(id_ for ids in evidence_lists for id_ in ids))))
    return summary, words


def _parts(report: Report) -> Iterator[tuple[str, str, Sequence[str]]]:
    shows = report.statement_evidence
    yield "verdict", report.verdict, shows
    yield "severity", f"Severity {report.severity}{f' ({report.severity_why})' if report.severity_why else ''}.", []
    for sentence in sentences(report.statement):
        yield "state" if report.diagnosis.verdict in ("no_fault", "recovered") else "cause", sentence, shows
    for claim in report.impact:
        yield "impact", claim.text, claim.evidence
    yield "unknown", report.impact_unknown, []
    for link in report.chain:
        yield link.part, link.text, link.evidence
    for part, claims in (
        ("seen", report.symptoms),
        ("other cause", report.other_causes),
        ("done", report.actions_taken),
    ):
        for claim in claims:
            yield part, claim.text, claim.evidence
    yield from _left(report)


def _left(report: Report) -> Iterator[tuple[str, str, Sequence[str]]]:
    """What is left to do, what nobody saw, and what stands beside it."""
    for step in report.next_steps:
        yield "next step", f"{step.what}{f' Owner: {step.owner}.' if step.owner else ''}", []
    for gap in report.gaps:
        yield "not seen", gap.text, gap.evidence
    for claim in report.elsewhere:
        yield "elsewhere", claim.text, claim.evidence
