"""What a run saw, as the parts of a report need it: the investigation and the looks after a write apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from mcp_servers.contract.facts import Subject, SubjectKey
from sre_agent.diagnosis.evidence_set import EvidenceSet, ObservedFact
from sre_agent.diagnosis.topology import WORKLOADS, Topology
from sre_agent.domain.diagnosis import Diagnosis, Hypothesis
from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident

VERIFIER = "verifier"
_APART: Final = "metric alarm exit_code image probe missing_name address variable reason message condition revision"
Line = tuple[str, Sequence[str]]  # a sentence and the sources that show it


@dataclass(frozen=True)
class ReportFacts:
    """`day` is when the incident was opened: times of that day are told without their date."""

    incident: Incident
    diagnosis: Diagnosis
    ledger: Sequence[Evidence]

    @property
    def day(self) -> datetime:
        return self.incident.opened_at

    @property
    def cause(self) -> Hypothesis | None:
        """What is believed to be, or to have been, the cause."""
        return self.diagnosis.hypothesis if self.diagnosis.verdict in ("cause", "recovered") else None

    @cached_property
    def evidence_set(self) -> EvidenceSet:
        return EvidenceSet([item for item in self.ledger if item.agent != VERIFIER])

    @cached_property
    def after(self) -> EvidenceSet:
        """The looks after a write; the newest answer of each call."""
        return EvidenceSet([item for item in self.ledger if item.agent == VERIFIER])

    @cached_property
    def topology(self) -> Topology:
        return Topology(self.evidence_set)

    @cached_property
    def main_subjects(self) -> list[Subject]:
        """The signal's subjects, and the cause's."""
        subjects = [self.topology.resolve(subject) for subject in self.incident.subjects]
        return [*subjects, self.cause.subject] if self.cause is not None else subjects

    @cached_property
    def near(self) -> set[SubjectKey]:
        """What stands next to the meant ones, with the alarms of the signals."""
        alarm_names = {signal.alarm.name for signal in self.incident.signals if signal.alarm}
        alarms = {key for key in self.topology.subjects if key.kind == "Alarm" and key.name in alarm_names}
        return alarms.union(*(self.topology.neighbourhood(subject.key) for subject in self.main_subjects))

    @cached_property
    def callers(self) -> list[str]:
        """The workloads that need what the cause sits on, as people write them."""
        if self.cause is None:
            return []
        family = self.topology.workload_tree(self.cause.subject.key) | {self.cause.subject.key}
        callers = sorted(self.topology.callers(family))
        return [self.topology.subjects[key].short for key in callers if key.kind in (*WORKLOADS, "Pod")]

    def about(self, short: str, *, after: bool = False) -> list[str]:
        """The calls whose answers speak of this subject or of what belongs to it, the most telling first."""
        evidence_set = self.after if after else self.evidence_set
        family = {
            key for subject in _subjects_named(self.topology, short) for key in self.topology.workload_tree(subject.key)
        }
        counts: dict[str, int] = {
            item.id: sum(observation.subject.key in family for observation in item.answer.observations)
            for item in evidence_set.evidence
            if item.answer is not None
        }
        return sorted((id_ for id_, count in counts.items() if count), key=lambda id_: -counts[id_])

    def observed_near(self, *codes: str) -> list[ObservedFact]:
        """Near facts of these codes, as the investigation saw them."""
        return [
            observed_fact
            for observed_fact in self.evidence_set.with_code(*codes)
            if observed_fact.subject.key in self.near
        ]


def _subjects_named(topology: Topology, short: str) -> list[Subject]:
    return [subject for subject in topology.subjects.values() if subject.short == short]


def group_facts(observed_facts: Iterable[ObservedFact]) -> list[list[ObservedFact]]:
    """Facts that say the same about things of one kind together, in the order of the first of each. Counts and times
    may differ, what is counted may not."""
    groups: dict[tuple[str, ...], list[ObservedFact]] = {}
    for observed_fact in observed_facts:
        same = (str(observed_fact.observation.attributes.get(name, "")) for name in _APART.split())
        groups.setdefault((observed_fact.code, observed_fact.subject.kind, *same), []).append(observed_fact)
    return list(groups.values())
