"""What is told to be wrong where no cause is certain: the few facts that bring a reader nearest to it.

First what began with the trouble, each workload's state once, and the last words on the path of the calls: what has
been broken for longer than that stands near, and says nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis import recency
from sre_agent.diagnosis.call_path import CallPath
from sre_agent.diagnosis.evidence_set import ObservedFact
from sre_agent.diagnosis.timing import LONG_BEFORE, OLDER, felt_since


@dataclass(frozen=True)
class VisibleTrouble:
    """`states` are of the subjects and what stands near, `words` what logs keep saying where the path ends."""

    path: CallPath
    states: Sequence[ObservedFact]
    words: Sequence[ObservedFact]

    def most_telling(self, most: int) -> list[ObservedFact]:
        """At most so many, with one of the words among them where there are any; what is old comes last."""
        words = list(self._once(self._words_by_weight()))
        states = list(self._once(sorted(self.states, key=by_priority)))
        fresh = [s for s in states if not self._is_old(s)]
        return [*fresh[: most - bool(words)], *words, *(s for s in states if s not in fresh)][:most]

    def _once(self, facts: Sequence[ObservedFact]) -> Iterator[ObservedFact]:
        """Of the replicas of a workload that are in one state, or say one thing, the first."""
        told_of = set()
        for fact in facts:
            key = fact.code, self.path.topology.workload(fact.subject.key)
            if fact.subject.kind != "Pod" or key not in told_of:
                yield fact
            told_of.add(key)

    def _is_old(self, fact: ObservedFact) -> bool:
        """Whether its workload was in trouble so long before anything was wrong with the subjects themselves."""
        broke_at = self._broke_at(fact)
        felt_at = felt_since(self.path.evidence_set, set(self.path.own))
        if broke_at is None or felt_at is None or fact.subject.key in self.path.own:
            return False
        return felt_at - broke_at > LONG_BEFORE

    def _words_by_weight(self) -> list[ObservedFact]:
        """What the logs began to say with the newest of it, before what they have said since long before."""
        began = [recency.first_seen(s.observation) for s in self.words]
        newest = max((at for at in began if at is not None), default=None)
        is_old = [at is not None and newest is not None and newest - at > OLDER for at in began]
        by_weight = sorted(zip(is_old, self.words, strict=True), key=lambda pair: (pair[0], by_priority(pair[1])))
        return [report for _, report in by_weight]

    def _broke_at(self, fact: ObservedFact) -> datetime | None:
        family = self.path.topology.workload_tree(self.path.topology.workload(fact.subject.key))
        return felt_since(self.path.evidence_set, family | {fact.subject.key})


def by_priority(observed_fact: ObservedFact) -> tuple[bool, int]:
    """What is wrong now before what is only reported, each by how much it says."""
    priority = OBSERVATIONS[observed_fact.code].priority
    return observed_fact.code not in recency.ABNORMAL or priority < 0, -priority
