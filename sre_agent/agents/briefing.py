"""What a chat model reads of an incident: what was said, seen and asked so far, and what the rules make of it.

All of it comes from outside and stands fenced as data. It is the same text for the same evidence, and bounded: the
telling facts come first, and what is cut is counted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from mcp_servers.contract.bounds import bounded, excerpt
from mcp_servers.contract.facts import Subject, SubjectKey
from sre_agent.agents.observation_lines import moment, observations, relations
from sre_agent.agents.specialist import claims
from sre_agent.diagnosis.evidence_set import EvidenceSet
from sre_agent.diagnosis.topology import Topology
from sre_agent.domain.base import EvidenceId
from sre_agent.domain.diagnosis import Diagnosis, Hypothesis
from sre_agent.domain.finding import Evidence, Finding
from sre_agent.domain.percent import whole_percent
from sre_agent.prompting import fence

WHOLE, LEAST_SEEN = 12_000, 4_500  # characters, in all and of what was seen
SIGNAL, RELATION_TEXT, HYPOTHESIS_TEXT, CONCLUSION_TEXT, MISSING, QUESTION_TEXT = (
    1_200,
    1_200,
    2_200,
    1_600,
    800,
    1_400,
)  # at most
HYPOTHESES: Final = 6
TERMS: Final = 6
RULED_OUT: Final = 6
ONE_CALL: Final = 160
Numbers = Mapping[EvidenceId, str]


def numbered(ledger: Sequence[Evidence]) -> dict[EvidenceId, str]:
    """`L1`, `L2` … by the place in the ledger of the investigation, which only grows."""
    return {item.id: f"L{place}" for place, item in enumerate(ledger, 1)}


def resolve_citations(ledger: Sequence[Evidence], numbers: Iterable[str]) -> list[EvidenceId]:
    """The evidence that a model's numbers name, each once; numbers that are none are left out."""
    ids_by_number = {number: id_ for id_, number in numbered(ledger).items()}
    ids = (ids_by_number.get(number.strip().strip("[]()").upper()) for number in numbers)
    return list(dict.fromkeys(id_ for id_ in ids if id_ is not None))


def write_briefing(
    description: str,
    subjects: Sequence[str],
    window: Sequence[str],
    ledger: Sequence[Evidence],
    diagnosis: Diagnosis,
    findings: Sequence[Finding] = (),
) -> str:
    """About 12,000 characters at most. `subjects` as a run has them, `window` is [start, end] in RFC 3339.

    Of `findings` that is told which a model concluded; what its calls showed is among the observations.
    """
    numbers, evidence_set = numbered(ledger), EvidenceSet(ledger)
    topology = Topology(evidence_set)
    about, near = _focus(subjects, topology)
    signal = [excerpt(description, SIGNAL), f"about: {', '.join(about) or 'nothing that was found'}"]
    if window:
        signal.append(f"looked at: {' to '.join(window)}; it is now {moment(evidence_set.now)}")
    before = [_part("The signal", "signal", "\n".join(signal))]
    after = [
        _part("How things are related", "relations", _within(relations(evidence_set, near), RELATION_TEXT)),
        _part(
            "What the rules conclude",
            "rules",
            bounded("\n".join(_diagnosis_lines(diagnosis, numbers)), HYPOTHESIS_TEXT)[0],
        ),
        _part(
            "What specialists concluded",
            "findings",
            _within(_conclusion_lines(findings, ledger, numbers), CONCLUSION_TEXT),
        ),
        _part("What could not be seen", "gaps", _within([excerpt(gap, 200) for gap in diagnosis.missing], MISSING)),
        _part("Calls made so far; none is made again", "calls", _within(_calls(ledger, numbers), QUESTION_TEXT)),
    ]
    room = max(LEAST_SEEN, WHOLE - sum(map(len, [*before, *after])))
    observations_part = _part("What was seen", "observations", _within(observations(evidence_set, near, numbers), room))
    return "\n\n".join(part for part in [*before, observations_part, *after] if part)


def _part(title: str, source: str, text: str) -> str:
    return f"## {title}\n{fence(source, text)}" if text else ""


def _focus(subjects: Sequence[str], topology: Topology) -> tuple[list[str], Callable[[SubjectKey], int]]:
    """The subjects as people write them, and how far from them anything is: 0 itself, 1 near, 2 elsewhere."""
    resolved = [topology.resolve(Subject.model_validate(text)) for text in subjects]
    own, near = topology.reach(resolved)

    def distance(key: SubjectKey) -> int:
        return 0 if key in own else 1 if key in near else 2

    return [subject.short for subject in resolved], distance


def _diagnosis_lines(diagnosis: Diagnosis, numbers: Numbers) -> list[str]:
    lines = [f"verdict: {diagnosis.verdict}. {diagnosis.statement}"]
    leading = [diagnosis.hypothesis] if diagnosis.hypothesis else []
    for hypothesis in [*leading, *diagnosis.also, *diagnosis.others][:HYPOTHESES]:
        lines += _hypothesis(hypothesis, numbers)
    lines += [f"ruled out: {out.failure_class} on {out.subject}, {out.why}" for out in diagnosis.ruled_out[:RULED_OUT]]
    return lines


def _hypothesis(one: Hypothesis, numbers: Numbers) -> list[str]:
    proof = "decisive" if one.decisive else "nothing decisive"
    sure = f"score {one.score}, confidence {whole_percent(one.confidence)} %"
    head = f"{one.failure_class} on {one.subject.short}: {sure}, {proof}"
    terms = sorted(one.terms, key=lambda term: -abs(term.weight))[:TERMS]
    terms_text = [f"{term.weight:+d} {term.observation} {_number(term.evidence, numbers)}".rstrip() for term in terms]
    return [head, *([f"  {'; '.join(terms_text)}"] if terms_text else [])]


def _number(evidence: str, numbers: Numbers) -> str:
    number = numbers.get(EvidenceId(evidence))
    return f"({number})" if number else ""


def _conclusion_lines(findings: Sequence[Finding], ledger: Sequence[Evidence], numbers: Numbers) -> list[str]:
    """What specialists said beyond the observations, and what they ruled out."""
    observed = {claim.text for claim in claims(ledger)}
    return [
        f"{finding.agent}{what}: {claim.text} ({', '.join(numbers[id_] for id_ in claim.evidence if id_ in numbers)})"
        for finding in findings
        for what, claims in (("", finding.claims), (" ruled out", finding.ruled_out))
        for claim in claims
        if claim.text not in observed
    ]


def _calls(ledger: Sequence[Evidence], numbers: Numbers) -> list[str]:
    """The newest first, because the oldest are the ones that everybody makes."""
    return [_call(item, numbers[item.id]) for item in reversed(ledger)]


def _call(item: Evidence, number: str) -> str:
    nonempty = {name: value for name, value in item.arguments.items() if value not in (None, "")}
    arguments = json.dumps(nonempty, separators=(",", ":"), ensure_ascii=False, default=str)
    return excerpt(f"{number} {item.agent} {item.tool} {arguments}{' FAILED' if item.answer is None else ''}", ONE_CALL)


def _within(lines: Sequence[str], limit: int) -> str:
    """As many of the first lines as there is room for; the others are counted."""
    selection: list[str] = []
    room = limit
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return "\n".join([*selection, f"and {len(lines) - len(selection)} more"])
        selection.append(line)
    return "\n".join(selection)
