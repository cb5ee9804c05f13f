"""The engine: everything in the ledger in, one diagnosis out, and what it would ask next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mcp_servers.contract.facts import Subject, SubjectKey
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis import abduction, recency
from sre_agent.diagnosis import health as healthy
from sre_agent.diagnosis import hypotheses as weighed
from sre_agent.diagnosis.call_path import CallPath
from sre_agent.diagnosis.case import Case
from sre_agent.diagnosis.confidence import is_proven
from sre_agent.diagnosis.draft import Draft
from sre_agent.diagnosis.evidence_set import EvidenceSet
from sre_agent.diagnosis.follow_ups import follow_ups, looked_for
from sre_agent.diagnosis.path_walk import PathWalk
from sre_agent.diagnosis.topology import Topology
from sre_agent.diagnosis.why_not import ClassStanding, standings
from sre_agent.domain.claim import AlarmClaim
from sre_agent.domain.diagnosis import Weighing, WeighingInputs
from sre_agent.domain.finding import Evidence
from sre_agent.failures import Catalogue

TROUBLE = recency.ABNORMAL | recency.PAST
AT_THE_ENTRANCE = frozenset(code for code, entry in OBSERVATIONS.items() if "health" in entry.shows)


class Engine:
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._last: tuple[tuple[Evidence, ...], EvidenceSet, Topology] | None = None

    def weigh(
        self,
        focus: list[Subject],
        evidence: Sequence[Evidence],
        *,
        started_at: datetime | None,
        budget_left: int,
        claims: Sequence[AlarmClaim] = (),
        unmet: Sequence[str] = (),
    ) -> Weighing:
        """The verdict on what is known so far about `focus`; at most `budget_left` calls that would add to it. `claims`
        are what the signal says of it: nothing is called well that does not answer them. `unmet` says for each name
        of the signal why it led to nothing: without a `focus` there is no cause, whatever is wrong elsewhere."""
        case, topology = self._case(focus, evidence, started_at, claims, unmet)
        evidence_set, diagnosis = case.evidence_set, case.diagnosis()
        sure_causes = case.decided_causes(diagnosis)
        asking = sure_causes or _rank(case.hypotheses)
        questions, faults = follow_ups(asking, evidence_set, started_at=started_at, budget_left=budget_left)
        if diagnosis.verdict != "cause" or not is_proven(diagnosis):
            left = budget_left - len(questions)
            questions += looked_for(claims, focus, evidence_set, topology, budget_left=left)
            left = budget_left - len(questions)
            questions += PathWalk(focus, case.own, evidence_set, topology).requests(claims, budget_left=left)
        if faults:
            diagnosis = diagnosis.model_copy(update={"missing": [*diagnosis.missing, *faults]})
        return Weighing(diagnosis=diagnosis, follow_ups=questions)

    def why_not(self, failure_class: str, inputs: WeighingInputs, evidence: Sequence[Evidence]) -> list[ClassStanding]:
        """How this class stands on each thing that it could be about, in what was weighed. Raises SettingsError for a
        class that is not in the catalogue."""
        kind = self._catalogue[failure_class]
        focus = list(inputs.subjects)
        case, topology = self._case(focus, evidence, inputs.started_at, inputs.claims, inputs.gaps)
        return standings(kind, case, topology)

    def _case(
        self,
        focus: list[Subject],
        evidence: Sequence[Evidence],
        started_at: datetime | None,
        claims: Sequence[AlarmClaim],
        unmet: Sequence[str],
    ) -> tuple[Case, Topology]:
        """One weighing, with everything in it that may be read."""
        evidence_set, topology = self._evidence_set(evidence)
        own, near = topology.reach(focus)
        focus_keys = {topology.resolve(s).key for s in focus}
        path = CallPath(frozenset(own), evidence_set, topology)
        drafts, impossible = weighed.drafts(self._catalogue, path, near, focus_keys, started_at, claims=claims)
        explained_drafts = abduction.explained_facts(drafts)
        rivals = _rank([d for d in explained_drafts if d.explained_by is None and not d.impossible and d.score > 0])
        health = healthy.judge(evidence_set, topology, focus, own, near, started_at, claims)
        return Case(
            evidence_set, focus, path, near, explained_drafts, rivals, impossible, health, started_at, unmet
        ), topology

    def _evidence_set(self, evidence: Sequence[Evidence]) -> tuple[EvidenceSet, Topology]:
        """The evidence as one picture; that of the last call is kept, because a sweep weighs one picture many times."""
        last = self._last
        if last is None or not _are_same(last[0], evidence):
            evidence_set = EvidenceSet(evidence)
            last = self._last = (tuple(evidence), evidence_set, Topology(evidence_set))
        return last[1:]

    def subjects_in_trouble(self, evidence: Sequence[Evidence]) -> list[Subject]:
        """The workloads and other roots of which something is wrong now, those with the most facts first.

        A Service before a troubled workload is no trouble of its own.
        """
        evidence_set, topology = self._evidence_set(evidence)
        facts: dict[SubjectKey, int] = {}
        for fact in evidence_set.facts:
            wrong = fact.code in TROUBLE or recency.cuts_off(fact.observation) or fact.code in AT_THE_ENTRANCE
            if wrong and evidence_set.current(fact):
                key = topology.workload(fact.subject.key)
                facts[key] = facts.get(key, 0) + 1
        return [
            topology.subjects[key]
            for key in sorted(facts, key=lambda key: (-facts[key], key))
            if key in topology.subjects
        ]

    def workload(self, subject: Subject, evidence: Sequence[Evidence]) -> Subject:
        """The workload that a subject belongs to, as far as the evidence shows it; else the subject itself."""
        _, topology = self._evidence_set(evidence)
        return topology.subjects.get(topology.workload(topology.resolve(subject).key), subject)


def _rank(drafts: list[Draft]) -> list[Draft]:
    """Current before past, unexplained before explained, near before aside, then by score, then by name."""
    return sorted(
        drafts,
        key=lambda d: (
            not d.current,
            d.explained_by is not None,
            bool(d.impossible),
            d.unrelated,
            -d.score,
            d.kind.name,
            d.subject.short,
        ),
    )


def _are_same(one: Sequence[Evidence], other: Sequence[Evidence]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))
