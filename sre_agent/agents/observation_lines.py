"""Observations and relations as lines for a model: the telling first, and what says the same told once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, SubjectKey
from sre_agent.diagnosis import recency
from sre_agent.diagnosis.evidence_set import EvidenceSet, ObservedFact
from sre_agent.domain.base import EvidenceId

SUBJECT_LIMIT: Final = 3  # subjects of one line
VALUE, WORDS = 90, 180  # characters of an attribute, of an excerpt
OF_ONE: Final = frozenset({"count", "first", "last", "seconds", "ran_seconds"})  # differ where the rest is the same
Distance = Callable[[SubjectKey], int]


def observations(evidence_set: EvidenceSet, distance: Distance, numbers: Mapping[EvidenceId, str]) -> list[str]:
    """What is wrong now with the incident's own subjects first, then near them; what is well last."""
    groups: dict[tuple[object, ...], list[ObservedFact]] = defaultdict(list)
    for fact in evidence_set.facts:
        details = _details(fact.observation, without=OF_ONE)
        groups[(fact.code, fact.subject.kind, fact.subject.namespace, details)].append(fact)
    ranked = sorted(groups.values(), key=lambda alike: _rank(alike, evidence_set, distance))
    return [_line(alike, numbers) for alike in ranked]


def relations(evidence_set: EvidenceSet, distance: Distance) -> list[str]:
    """Those of the incident's own subjects first; the ends of the same relation on one line."""
    ends: dict[tuple[int, str, str], list[str]] = defaultdict(list)
    for relation in evidence_set.relations:
        far = min(distance(relation.source.key), distance(relation.target.key))
        if far < 2:  # what is elsewhere says nothing about this incident
            ends[(far, relation.source.short, relation.kind)].append(relation.target.short)
    return [
        f"{source} {kind} {_names_text(sorted(set(targets)))}" for (_, source, kind), targets in sorted(ends.items())
    ]


def _rank(alike: list[ObservedFact], evidence_set: EvidenceSet, distance: Distance) -> tuple[int, int, float, str, str]:
    first = alike[0]
    at = first.observation.at
    when = -at.timestamp() if at is not None else 0.0
    nearest = min(distance(observed_fact.subject.key) for observed_fact in alike)
    return nearest + 2 * _calm(first, evidence_set), nearest, when, first.code, first.subject.short


def _calm(observed_fact: ObservedFact, evidence_set: EvidenceSet) -> int:
    """0 what is wrong now, 1 what may explain it, 2 what is well or only untidy."""
    if evidence_set.current(observed_fact):
        return 0
    return 2 if observed_fact.code in recency.CALM or observed_fact.code in recency.HYGIENE else 1


def _line(alike: list[ObservedFact], numbers: Mapping[EvidenceId, str]) -> str:
    labels = sorted(
        {numbers[observed_fact.evidence] for observed_fact in alike if observed_fact.evidence in numbers},
        key=lambda n: int(n[1:]),
    )
    times = sorted(observed_fact.observation.at for observed_fact in alike if observed_fact.observation.at is not None)
    when = f" at {moment(times[0])}" if times else ""
    until = f" to {moment(times[-1])}" if len(times) > 1 and times[-1] != times[0] else ""
    details = _details(alike[0].observation, without=OF_ONE if len(alike) > 1 else frozenset())
    words = excerpt(alike[0].observation.excerpt, WORDS)
    names_text = _names_text(sorted({observed_fact.subject.short for observed_fact in alike}))
    text = f"{'+'.join(labels[:SUBJECT_LIMIT])} {names_text}: {alike[0].code}{when}{until}"
    return text + (f" ({details})" if details else "") + (f' "{words}"' if words else "")


def _details(observation: Observation, without: Collection[str]) -> str:
    return ", ".join(
        f"{name}={excerpt('+'.join(map(str, value)) if isinstance(value, list) else str(value), VALUE)}"
        for name, value in observation.attributes.items()
        if value not in ("", [], None) and name not in without
    )


def moment(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _names_text(names: list[str]) -> str:
    more = len(names) - SUBJECT_LIMIT
    return ", ".join(names[:SUBJECT_LIMIT]) + (f" and {more} more" if more > 0 else "")
