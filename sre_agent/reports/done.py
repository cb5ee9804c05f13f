"""What was done, and how it is known that it helped; what was weighed and fell; what stands beside the cause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sre_agent.diagnosis import standing
from sre_agent.diagnosis.proposals import PROPOSED
from sre_agent.domain.action import Remediation, Verification
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.reports.facts import Facts, Line, grouped
from sre_agent.reports.verdict import target
from sre_agent.reports.words import clock, said

RULED_OUT = 12
ELSEWHERE = 8
SEEN = 12


def done(remediations: Sequence[Remediation], verification: Verification | None, facts: Facts) -> Iterator[Line]:
    """Each write with its permit, and each check with what was seen."""
    for write in remediations:
        word = "undo" if write.is_undo else "write"
        outcome = write.outcome.replace("_", " ")
        at = clock(write.at, facts.day)
        text = f"The {word} {write.call.tool} on {target(write)} is {outcome}, {at}, allowed by {write.allowed_by}."
        yield text, [write.permit]
    for check in verification.checks if verification else []:
        holds = {True: "Holds", False: "Does not hold", None: "Not known"}[check.ok]
        told = f"; seen: {check.seen}" if check.seen else ""
        shows = [check.evidence] if check.evidence else facts.about(check.what.rpartition(" on ")[2], after=True)[:1]
        yield f"{holds}: {check.what}{told}.", shows
    for worse in verification.worse if verification else []:
        yield f"Worse than before: {worse}.", []


def ruled_out(facts: Facts) -> Iterator[Line]:
    """By what was seen of the subject."""
    for other in facts.diagnosis.ruled_out[:RULED_OUT]:
        text = f"{_words(other.failure_class)} of {other.subject}: {other.why.rstrip('.')}."
        yield text, facts.about(other.subject)[:1]


def also(diagnosis: Diagnosis) -> Iterator[Line]:
    """Independent causes: each in its own words."""
    for cause in diagnosis.also:
        shows = list(dict.fromkeys(str(term.evidence) for term in cause.terms if term.evidence and term.weight > 0))
        yield cause.statement, shows


def considered(diagnosis: Diagnosis) -> Iterator[Line]:
    """What a chat model proposes where another cause is believed; where none is, the statement tells it."""
    if diagnosis.proposal is not None and diagnosis.verdict == "cause":
        yield f"{PROPOSED}{diagnosis.proposal.statement}", diagnosis.proposal.evidence


def elsewhere(facts: Facts) -> Iterator[Line]:
    for text in facts.diagnosis.elsewhere[:ELSEWHERE]:
        yield f"{text.rstrip('.')}.", facts.about(text.partition(":")[0])[:1]


def seen(facts: Facts) -> Iterator[Line]:
    """What is wrong near the subjects, where no cause explains it."""
    if facts.diagnosis.verdict in ("inconclusive", "proposed"):
        wrong = sorted(standing.ABNORMAL | standing.PAST | standing.SAID)
        for group in grouped(facts.seen(*wrong))[:SEEN]:
            yield f"{said(group, facts.day)}.", [one.evidence for one in group]


def own_words(diagnosis: Diagnosis) -> set[str]:
    """Names of failure classes that the diagnosis uses: ours, and in no evidence."""
    proposed = diagnosis.proposal.hypothesis if diagnosis.proposal is not None else None
    weighed = [diagnosis.hypothesis, proposed, *diagnosis.also, *diagnosis.others]
    return {hypothesis.failure_class for hypothesis in weighed if hypothesis is not None} | {
        other.failure_class for other in diagnosis.ruled_out
    }


def _words(failure_class: str) -> str:
    return failure_class.replace("_", " ").capitalize()
