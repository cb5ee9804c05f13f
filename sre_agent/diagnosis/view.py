"""The evidence as one hypothesis sees it: which observations count for it, and what its templates may name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Final

from mcp_servers.contract.facts import Subject, SubjectKey
from mcp_servers.contract.observations import OBSERVATIONS, Quantity
from sre_agent.diagnosis import recency
from sre_agent.diagnosis.evidence_set import EvidenceSet, ObservedFact
from sre_agent.diagnosis.neighbourhood import keys
from sre_agent.diagnosis.topology import DEPENDENCY_ATTRIBUTES, WORKLOADS, Keys, Topology
from sre_agent.domain.claim import AlarmClaim
from sre_agent.failures.model import Condition, Place, Requirement

DEPENDENCIES = ("Database", "Address", "Table", "Queue", "Function", "Service")
CLAIMED: Final[dict[Place, Quantity]] = {"slow": "latency", "erring": "errors", "uncertified": "certificate"}
DOUBTFUL: Final = 3.0  # of the weight of an error line: beside one that has so much more it is left out
SAYS = sorted(recency.REPORTS & recency.FROM_LOGS, key=lambda code: (-OBSERVATIONS[code].priority, code))


class SubjectView:
    """One subject in the evidence set. `focus` are the keys that the signal names: facts about them are preferred;
    `claims` what it says to be wrong with them, `claimed` the quantities of these."""

    def __init__(
        self,
        evidence_set: EvidenceSet,
        topology: Topology,
        subject: Subject,
        focus: Iterable[SubjectKey] = (),
        *,
        claims: Sequence[AlarmClaim] = (),
    ) -> None:
        self.evidence_set = evidence_set
        self.topology = topology
        self.subject = subject
        self.focus = set(focus)
        self.claims = claims
        self.claimed = frozenset(claim.quantity for claim in claims)
        self._places: dict[Place, Keys] = {}

    @property
    def same(self) -> Keys:
        return self.place("same")

    @property
    def neighbourhood(self) -> Keys:
        return self.place("related")

    @cached_property
    def callers(self) -> list[SubjectKey]:
        return sorted(self.topology.callers(self.same))

    def place(self, name: Place) -> Keys:
        """The subjects that a class file's word for a neighbourhood means here."""
        if name not in self._places:
            result = keys(name, self.topology, self.subject.key)
            if name in ("asked", "unreachable"):
                result = result & self.focus if name == "asked" or "availability" in self.claimed else set()
            if (claim := CLAIMED.get(name)) and not (claim in self.claimed and result & self.focus):
                result = set()
            self._places[name] = result
        return self._places[name]

    def is_claimed(self, observed_fact: ObservedFact) -> bool:
        """Whether it is no trouble by itself, but all that the alarm says to be wrong with this subject: a rollout that
        somebody paused, where the alarm is that it does not go on. A sentence may name a rollout for its time alone."""
        entry = OBSERVATIONS[observed_fact.code]
        if entry.polarity != "neutral" or observed_fact.subject.key not in self.focus or not self.claims:
            return False
        return all(claim.quantity in entry.shows and claim.read_from != "text" for claim in self.claims)

    def matching(self, condition: Condition) -> list[ObservedFact]:
        """What fulfils the condition, the strongest first: on the signal's own subject, most often, latest."""
        facts = [
            observed_fact
            for observed_fact in self.evidence_set.with_code(condition.observation)
            if observed_fact.subject.key in self.place(condition.on)
            and _where(condition, observed_fact)
            and self._applies(condition, observed_fact)
        ]
        if condition.noticing > 1 and len(self._noticing(facts)) < condition.noticing:
            return []
        return sorted(facts, key=self.strength, reverse=True)

    def holds(self, requirement: Requirement) -> bool:
        return (
            all(self.matching(c) for c in requirement.all)
            and (not requirement.any or any(self.matching(c) for c in requirement.any))
            and not any(self.matching(c) for c in requirement.none)
        )

    def strongest(self, code: str) -> ObservedFact | None:
        """The strongest observation of a code: on the subject itself, else on what stands next to it."""
        for on in ("same", "related"):
            matches = self.matching(Condition(observation=code, on=on))
            if matches:
                return matches[0]
        return None

    def _applies(self, condition: Condition, observed_fact: ObservedFact) -> bool:
        """A caller's log speaks for a dependency only where it names that one; other facts speak for where they are."""
        if observed_fact.code in DEPENDENCY_ATTRIBUTES and (
            self.subject.kind in DEPENDENCIES
            or (condition.on == "related" and observed_fact.subject.key not in self.same)
        ):
            return self.topology.points_at(observed_fact, self.subject.key)
        if observed_fact.code in DEPENDENCY_ATTRIBUTES and condition.on == "callers":
            return self.topology.is_meant(observed_fact, self.subject.key)
        if observed_fact.code in DEPENDENCY_ATTRIBUTES and condition.on == "related":
            target = self.topology.target(observed_fact)
            return target is None or target.key in self.same
        return True

    def _noticing(self, observed_facts: Iterable[ObservedFact]) -> Keys:
        """The workloads that the facts say to have noticed it."""
        names = {name for observed_fact in observed_facts for name in noticing(observed_fact)}
        subjects = self.topology.subjects.items()
        return {self.topology.workload(key) for key, subject in subjects if subject.short in names}

    def strength(self, observed_fact: ObservedFact) -> tuple[bool, float, float]:
        """How telling a fact is: on the signal's own subject, how often, how late."""
        attributes = observed_fact.observation.attributes
        often = max(recency.number(attributes.get(name)) for name in ("restarts", "count", "events", "failing"))
        when = recency.last_seen(observed_fact.observation)
        return observed_fact.subject.key in self.focus, often, when.timestamp() if when else 0.0


def noticing(observed_fact: ObservedFact) -> list[str]:
    """Whom the fact itself says to have noticed it."""
    names = observed_fact.observation.attributes.get(OBSERVATIONS[observed_fact.code].noticed_by, [])
    return [str(name) for name in names] if isinstance(names, list) else []


def _where(condition: Condition, observed_fact: ObservedFact) -> bool:
    for name, expected in condition.where.items():
        value = observed_fact.observation.attributes.get(name)
        options = expected if isinstance(expected, list) else [expected]
        if not any(str(value).lower() == str(option).lower() for option in options):
            return False
    return True


def pods(view: SubjectView, observed_facts: Sequence[ObservedFact]) -> list[str]:
    """Names of the pods that the facts are about, the signal's own first."""
    facts = [s for s in observed_facts if s.subject.kind == "Pod"]
    facts.sort(key=lambda s: (s.subject.key not in view.focus, s.code not in recency.ABNORMAL, s.subject.name))
    return list(dict.fromkeys(s.subject.name for s in facts))


def last_error(view: SubjectView) -> str:
    """What the application itself said before it ended: of the most specific and frequent lines of its logs the first,
    without those that tell of trouble far less clearly than others."""
    for code in SAYS:
        observed_facts = [
            s
            for s in view.matching(Condition(observation=code))
            if not OBSERVATIONS[s.code].points_at or s.subject.key in view.same
        ]
        if observed_facts:
            most = view.strength(observed_facts[0])[:2]
            often = [s for s in observed_facts if view.strength(s)[:2] == most]
            clearest = max(map(_weight, often))
            first = min((s for s in often if _weight(s) >= clearest - DOUBTFUL), key=_first)
            return first.observation.excerpt or str(first.observation.attributes.get("message", ""))
    return ""


def _weight(observed_fact: ObservedFact) -> float:
    return recency.number(observed_fact.observation.attributes.get("weight"))


def _first(observed_fact: ObservedFact) -> float:
    when = recency.first_seen(observed_fact.observation)
    return when.timestamp() if when else 0.0


def onset(view: SubjectView, codes: Iterable[str]) -> datetime | None:
    """When the first of these observations on the subject happened, as far as any says."""
    code_set = set(codes)
    times = [
        recency.first_seen(s.observation)
        for s in view.evidence_set.facts
        if s.code in code_set and s.subject.key in view.same and view.evidence_set.current(s)
    ]
    return min((t for t in times if t is not None), default=None)


def affected(view: SubjectView) -> list[Subject]:
    """The workloads that need the subject."""
    return [view.topology.subjects[k] for k in view.callers if k.kind in (*WORKLOADS, "Pod")]
