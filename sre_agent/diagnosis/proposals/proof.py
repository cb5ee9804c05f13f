"""The evidence as a chat model's words are held against it: by its numbers, its subjects, and what it shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from mcp_servers.contract.facts import Observation, Subject, SubjectKey
from sre_agent.diagnosis import recency
from sre_agent.diagnosis.evidence_set import EvidenceSet, ObservedFact
from sre_agent.diagnosis.topology import Topology
from sre_agent.diagnosis.view import SubjectView
from sre_agent.domain.base import EvidenceId
from sre_agent.domain.finding import Evidence
from sre_agent.language.grounding import has_claims
from sre_agent.language.source import EvidenceText
from sre_agent.language.sources import of_call

TELLING: Final = recency.ABNORMAL | recency.PAST | recency.REPORTS | recency.CHANGES  # what a cause may rest on

_NUMBER: Final = re.compile(r"\bL(\d+)\b", re.I)


class DroppedError(Exception):
    """Why a model's word does not count. The text is ours: what was dropped is not repeated in it."""


class Proof:
    """`numbers` are what the model knows the evidence by, as L3."""

    def __init__(self, evidence: Sequence[Evidence], numbers: Mapping[EvidenceId, str]) -> None:
        self.evidence = list(evidence)
        self.evidence_set = EvidenceSet(evidence)
        self.topology = Topology(self.evidence_set)
        self._by_number = {numbers[item.id]: item for item in evidence if item.id in numbers}
        self._sources: dict[EvidenceId, EvidenceText] = {}

    def cited(self, numbers: Iterable[str]) -> list[Evidence]:
        """What the numbers name, each once. Raises DroppedError when any of them names nothing."""
        labels = [f"L{number}" for text in numbers for number in _NUMBER.findall(text) or [text.strip()]]
        if not labels:
            raise DroppedError("it cites no evidence")
        if any(number not in self._by_number for number in labels):
            raise DroppedError("it cites evidence that is not there")
        return [self._by_number[number] for number in dict.fromkeys(labels)]

    def place(self, text: str, calls: Sequence[Evidence]) -> tuple[SubjectView, list[Evidence]]:
        """The subject that is written as `Kind/namespace/name` (of a pod its workload), and those of the cited calls
        that speak of it or of what stands next to it. Raises DroppedError."""
        wanted_name = text.strip("`'\" ").lower()
        matches = [s for s in self.topology.subjects.values() if wanted_name in (s.short.lower(), str(s).lower())]
        if not matches:
            raise DroppedError("its subject is nothing that was seen")
        for key in sorted({self.topology.workload(subject.key) for subject in matches}):
            view = SubjectView(self.evidence_set, self.topology, self.topology.subjects[key])
            if speaking := [item for item in calls if self._subjects(item) & view.neighbourhood]:
                return view, speaking
        raise DroppedError("what it cites does not speak of its subject")

    def telling(self, view: SubjectView, calls: Sequence[Evidence]) -> list[ObservedFact]:
        """What the cited calls show to be wrong or changed there, each once. Raises DroppedError when nothing is."""
        cited_facts = {_fact(observation) for item in calls if item.answer for observation in item.answer.observations}
        telling_facts = [
            fact
            for fact in self.evidence_set.facts
            if fact.code in TELLING
            and fact.subject.key in view.neighbourhood
            and _fact(fact.observation) in cited_facts
        ]
        if not telling_facts:
            raise DroppedError("what it cites shows nothing wrong there")
        return telling_facts

    def shows(
        self, text: str, calls: Iterable[Evidence], subject: Subject | None = None, *, needs_name: bool = False
    ) -> bool:
        """Whether every name, number and time of the text is in what is cited, or is the subject's own name. With
        `needs_name` there has to be one: nothing else of a text can be held to anything."""
        own = (subject.short, f"{subject.namespace}/{subject.name}", subject.name) if subject else ()
        sources = [self._source(item) for item in calls]
        is_shown = all(any(source.holds(token) for source in sources) for token in has_claims(text, own))
        return is_shown and (bool(has_claims(text)) or not needs_name)

    def _source(self, item: Evidence) -> EvidenceText:
        if item.id not in self._sources:
            self._sources[item.id] = of_call(item)
        return self._sources[item.id]

    def _subjects(self, item: Evidence) -> set[SubjectKey]:
        """What the answer speaks of, and what the call asked for by name."""
        keys = {key for key in self.topology.subjects if _asked_for(key, item)}
        if item.answer is not None:
            keys |= {observation.subject.key for observation in item.answer.observations}
            for relation in item.answer.relations:
                keys |= {relation.source.key, relation.target.key}
        return keys


def _fact(observation: Observation) -> str:
    """What is seen, whenever it was looked at."""
    return observation.model_dump_json(exclude={"at"})


def _asked_for(key: SubjectKey, item: Evidence) -> bool:
    arguments = item.arguments
    kind = str(arguments.get("kind") or key.kind)
    return (
        arguments.get("name") == key.name and kind == key.kind and arguments.get("namespace", "") in ("", key.namespace)
    )
