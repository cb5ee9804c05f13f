"""What a model's doubt takes from a hypothesis: little, once, and nothing from one that something proves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sre_agent.diagnosis.case import SURE_ENOUGH
from sre_agent.diagnosis.proposals.answer import HypothesisDoubt
from sre_agent.diagnosis.proposals.plain import plain
from sre_agent.diagnosis.proposals.proof import DroppedError, Proof
from sre_agent.domain.diagnosis import Diagnosis, Hypothesis, Term

TAKES: Final = 0.1
DOUBTS: Final = 3
WHY: Final = 200  # characters
DOUBT: Final = "model.doubt"  # stands where a term names an observation


def doubted(diagnosis: Diagnosis, doubts: Sequence[HypothesisDoubt], proof: Proof) -> tuple[Diagnosis, list[str]]:
    """The diagnosis with what valid doubts take, and a sentence for each that counts for nothing."""
    notes: list[str] = []
    for doubt in doubts[:DOUBTS]:
        try:
            diagnosis = _lower(diagnosis, doubt, proof)
        except DroppedError as why:
            notes.append(f"A doubt of the model was dropped: {why}.")
    return diagnosis, notes


def _lower(diagnosis: Diagnosis, doubt: HypothesisDoubt, proof: Proof) -> Diagnosis:
    """Raises DroppedError."""
    every = [h for h in (diagnosis.hypothesis, *diagnosis.also, *diagnosis.others) if h is not None]
    hypothesis = next((h for h in every if _is_meant(doubt, h)), None)
    if hypothesis is None:
        raise DroppedError("it is about no hypothesis of the rules")
    if hypothesis.decisive:
        raise DroppedError(f"{hypothesis.failure_class} of {hypothesis.subject.short} is proven by what was seen")
    if any(term.observation == DOUBT for term in hypothesis.terms):
        raise DroppedError(f"{hypothesis.failure_class} of {hypothesis.subject.short} has been doubted once")
    _, speaking = proof.place(doubt.subject, proof.cited(doubt.evidence))
    why = plain(doubt.why, WHY)
    if not why or not proof.shows(why, speaking, hypothesis.subject, needs_name=True):
        raise DroppedError("it names what the evidence that it cites does not show")
    term = Term(
        observation=DOUBT,
        subject=hypothesis.subject.short,
        weight=0,
        evidence=speaking[0].id,
        note=f"doubted by the model: {why}",
    )
    least = min(SURE_ENOUGH, hypothesis.confidence)
    changed = hypothesis.model_copy(
        update={"terms": [*hypothesis.terms, term], "confidence": max(least, hypothesis.confidence - TAKES)}
    )
    return _with(diagnosis, hypothesis, changed)


def _is_meant(doubt: HypothesisDoubt, hypothesis: Hypothesis) -> bool:
    subject = hypothesis.subject
    is_named = doubt.subject.strip("`'\" ").lower() in (subject.short.lower(), str(subject).lower())
    return is_named and doubt.failure_class.strip() == hypothesis.failure_class


def _with(diagnosis: Diagnosis, before: Hypothesis, after: Hypothesis) -> Diagnosis:
    def replace(hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
        return [after if one is before else one for one in hypotheses]

    leading = after if diagnosis.hypothesis is before else diagnosis.hypothesis
    return diagnosis.model_copy(
        update={"hypothesis": leading, "also": replace(diagnosis.also), "others": replace(diagnosis.others)}
    )
