"""From the change over the mechanism to the symptoms: how the cause leads to what was noticed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis import recency
from sre_agent.diagnosis.evidence_set import ObservedFact
from sre_agent.domain.diagnosis import Hypothesis, Term
from sre_agent.reports.facts import Line, ReportFacts, group_facts
from sre_agent.reports.words import sentence_about

Part = Literal["change", "mechanism", "symptom"]
QUOTE = 200  # characters
MECHANISMS = 5
SYMPTOMS = 7


def chain(facts: ReportFacts) -> Iterator[tuple[Part, Line]]:
    """Links of the believed cause; nothing without one. A change is only told where the cause rests on it."""
    cause = facts.cause
    if cause is None:
        return
    symptoms = _symptoms(cause, facts)
    symptom_keys = {(symptom.code, symptom.subject.short) for symptom in symptoms}
    supporting = [
        term for term in cause.terms if term.weight > 0 and (term.observation, term.subject) not in symptom_keys
    ]
    supporting.sort(key=lambda term: -term.weight)
    changes = _of([term for term in supporting if term.observation in recency.CHANGES], facts)
    mechanism = _of([term for term in supporting if term.observation not in recency.CHANGES], facts)
    parts: list[tuple[Part, list[ObservedFact], int]] = [
        ("change", changes, MECHANISMS),
        ("mechanism", mechanism, MECHANISMS),
        ("symptom", symptoms, SYMPTOMS),
    ]
    for part, observed_facts, most in parts:
        for group in group_facts(observed_facts)[:most]:
            evidence = list(dict.fromkeys(observed_fact.evidence for observed_fact in group))
            yield part, (f"{sentence_about(group, facts.day)}{_quote(group[0])}.", evidence)


def _symptoms(cause: Hypothesis, facts: ReportFacts) -> list[ObservedFact]:
    """What the hypothesis says it explains, as it was seen; classes that follow from it are told as ruled out."""
    explains = set(cause.explains)
    return [fact for fact in facts.evidence_set.facts if f"{fact.code} {fact.subject.short}" in explains]


def _of(terms: list[Term], facts: ReportFacts) -> list[ObservedFact]:
    """The facts behind the terms, in their order; several of one code and subject count once."""
    by_key: dict[tuple[str, str], ObservedFact] = {}
    for term in terms:
        for observed_fact in facts.evidence_set.with_code(term.observation):
            if observed_fact.subject.short == term.subject:
                by_key.setdefault((observed_fact.code, observed_fact.subject.short), observed_fact)
    return list(by_key.values())


def _quote(observed_fact: ObservedFact) -> str:
    """The source's own words where the sentence does not carry them already."""
    words = " ".join(observed_fact.observation.excerpt.replace('"', "'").split()).rstrip(". ")
    quoted = OBSERVATIONS[observed_fact.code].quotes_source
    return f': "{words[:QUOTE]}{"…" if len(words) > QUOTE else ""}"' if words and quoted else ""
