"""A finished report as a sheet of numbered sentences (R1, R2 …): all that whoever retells it may say, and no more.

R1 is the verdict. Each sentence keeps the evidence that the report gives for it. What was ruled out is not on it: who
retells a cause that is none needs only to drop a word to make it one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sre_agent.domain.base import EvidenceId
from sre_agent.domain.report import Report
from sre_agent.grounds import sentences, subject_names

VERDICT: Final = "R1"
LINES: Final = 60
LONGEST: Final = 500  # characters of one sentence
NAME_LETTERS: Final = 3  # from which a name that looks like a word is told from one


@dataclass(frozen=True)
class Stated:
    """One sentence of a report: `id` as R3, `part` says what it tells of."""

    id: str
    part: str
    text: str
    evidence: tuple[EvidenceId, ...]


def sheet(report: Report) -> list[Stated]:
    """The report's sentences, the verdict first, each once."""
    found: dict[str, tuple[str, Sequence[str]]] = {}
    for part, text, evidence in _told(report):
        if text:
            found.setdefault(text[:LONGEST], (part, evidence))
    return [
        Stated(f"R{number}", part, text, tuple(map(EvidenceId, evidence)))
        for number, (text, (part, evidence)) in enumerate(list(found.items())[:LINES], 1)
    ]


def _told(report: Report) -> Iterator[tuple[str, str, Sequence[str]]]:
    shows = report.statement_evidence
    yield "verdict", report.verdict, shows
    yield "severity", f"Severity {report.severity}{f' ({report.severity_why})' if report.severity_why else ''}.", []
    for sentence in sentences(report.statement):
        yield "state" if report.diagnosis.verdict in ("no_fault", "recovered") else "cause", sentence, shows
    for claim in report.impact:
        yield "impact", claim.text, claim.evidence
    yield "not known", report.impact_unknown, []
    for link in report.chain:
        yield link.part, link.text, link.evidence
    for part, claims in (
        ("seen", report.seen),
        ("other cause", report.also),
        ("done", report.done),
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


def plain_names(report: Report) -> set[str]:
    """Names in the report that look like words, as `checkout`, in lower case: no rule of writing gives them away."""
    found = set(subject_names(report.model_dump_json()))
    found |= {step.owner.partition(" (")[0] for step in report.next_steps}
    return {name.casefold() for name in found if name.isascii() and name.isalpha() and len(name) >= NAME_LETTERS}
