"""Who is on the path of a failing call: from who complains to whom each of them names, or is configured to call.

Whoever names a callee leads to that one alone. Whoever says that something fails, and not who, leads to all that it is
configured to call; nobody says then that it is these that are missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from mcp_servers.contract.facts import SubjectKey
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis import recency
from sre_agent.diagnosis.draft import Draft
from sre_agent.diagnosis.evidence_set import EvidenceSet, ObservedFact
from sre_agent.diagnosis.topology import CALL_DEPTH, OF_THE_CLOUD, WORKLOADS, Keys, Topology
from sre_agent.diagnosis.view import SubjectView

UNSERVED = frozenset(code for code in recency.ABNORMAL & recency.STATES if "availability" in OBSERVATIONS[code].shows)
ABOUT_CALLS: Final = frozenset({"connection", "name", "upstream"})  # no time-out: what is down refuses at once


@dataclass(frozen=True)
class PathCaller:
    """A workload on the path with all that belongs to it; `is_named`: logs name each hop up to it."""

    keys: frozenset[SubjectKey]
    is_named: bool


@dataclass(frozen=True)
class CallPath:
    """From the subjects of a signal, whose keys are `own`."""

    own: frozenset[SubjectKey]
    evidence_set: EvidenceSet = field(repr=False)
    topology: Topology = field(repr=False)

    @cached_property
    def named_keys(self) -> Keys:
        """The subjects, what they only pass requests on to, and along the path those whom logs name."""
        return self._start.union(*(caller.keys for caller in self._further if caller.is_named))

    @cached_property
    def configured_keys(self) -> Keys:
        """Besides these those whom only a configuration leads to, and that do not serve or complain themselves."""
        return self.named_keys.union(*(caller.keys for caller in self._further if self._suffers(set(caller.keys))))

    @cached_property
    def last_words(self) -> list[ObservedFact]:
        """What those along the path keep saying that leads no further."""
        return [fact for one in self._further for fact in self._last_words(set(one.keys))]

    @cached_property
    def own_last_words(self) -> list[ObservedFact]:
        """The same of the subjects themselves."""
        return self._last_words(self._start)

    @cached_property
    def start_reports(self) -> list[ObservedFact]:
        """What the logs of the subjects keep saying."""
        return insistent_reports(self.evidence_set, self._start)

    @cached_property
    def complains_of_no_call(self) -> bool:
        """Whether the logs of the subjects keep telling of something, and never of a call that failed."""
        words = self.start_reports
        return bool(words) and not any(map(tells_of_a_call, words))

    def are_apart(self, one: SubjectKey, other: SubjectKey) -> bool:
        """Whether neither is a part of the other, nor lies behind it."""
        if self._tree(one) & self._tree(other):
            return False
        return not (self._leads_to(one, other) or self._leads_to(other, one))

    def _leads_to(self, one: SubjectKey, other: SubjectKey) -> bool:
        goal, keys = self._tree(other), self._tree(one)
        for _ in range(CALL_DEPTH):
            onward = self._targets(frozenset(keys)) | self.topology.callees(keys)
            keys = keys.union(*map(self._tree, onward))
        return bool(goal & keys)

    def _last_words(self, keys: Keys) -> list[ObservedFact]:
        """Where whom they name or call, as far as it was looked at, does not suffer, all that they keep saying; else
        what names nobody."""
        words = insistent_reports(self.evidence_set, keys)
        if not words or self._is_end(keys):
            return words
        return [s for s in words if self.topology.target(s) is None]

    def _is_end(self, keys: Keys) -> bool:
        onward = (self._targets(frozenset(keys)) | self.topology.callees(keys)) - keys  # a route's Service is its own
        return not any(self._suffers(self._tree(key)) for key in onward)

    @cached_property
    def _start(self) -> Keys:
        onward = self.topology.onward(set(self.own), "routes_to", "served_by")
        return set(self.own).union(*map(self._tree, onward))

    @cached_property
    def _further(self) -> list[PathCaller]:
        return list(self._walk())

    def _walk(self) -> Iterator[PathCaller]:
        """The callees, the nearest first, each once."""
        on_the_path = set(self._start)
        callers = [PathCaller(frozenset(one), is_named=True) for one in families(self.topology, self._start)]
        for _ in range(CALL_DEPTH):
            callees: list[PathCaller] = []
            for caller in callers:
                targets = self._targets(caller.keys)
                for key in sorted((targets or self._configured_callees(caller)) - on_the_path):
                    tree = self._tree(key)
                    on_the_path |= tree
                    callees.append(PathCaller(frozenset(tree), is_named=caller.is_named and bool(targets)))
            yield from callees
            callers = callees

    def _targets(self, keys: frozenset[SubjectKey]) -> Keys:
        """Whom their logs name."""
        facts = [s for s in self.evidence_set.facts if s.subject.key in keys and self.evidence_set.current(s)]
        return {target.key for s in facts if (target := self.topology.target(s)) is not None}

    def _configured_callees(self, caller: PathCaller) -> Keys:
        """Whom it is configured to call, where it complains; or where it was reached so, and says nothing."""
        if caller.is_named and not complains_of_nobody(self.evidence_set, self.topology, caller.keys):
            return set()
        return self.topology.callees(set(caller.keys))

    def _suffers(self, keys: Keys) -> bool:
        return (
            is_unserved(self.evidence_set, keys)
            or bool(insistent_reports(self.evidence_set, keys))
            or any(s.code in recency.ABNORMAL and s.subject.key in keys for s in self._facts_of_the_cloud)
        )

    @cached_property
    def _facts_of_the_cloud(self) -> list[ObservedFact]:
        return [s for s in self.evidence_set.facts if s.subject.kind in OF_THE_CLOUD]

    def _tree(self, key: SubjectKey) -> Keys:
        return self.topology.workload_tree(key) | {key}


def is_missed(view: SubjectView, own: Keys) -> bool:
    """Whether the log of the focus keeps naming the subject of the view, and nothing serves there."""
    words = (s for s in insistent_reports(view.evidence_set, own) if s.code in recency.FROM_LOGS)
    targets = {target.key for s in words if (target := view.topology.target(s)) is not None}
    callee = view.same | view.place("services")
    return bool(targets & callee) and is_unserved(view.evidence_set, callee)


def is_hearsay(draft: Draft) -> bool:
    """Whether a hypothesis rests on what others say and see of its subject, while the workload behind it has trouble of
    its own, of which the hypothesis says nothing: what that comes from was not seen, or not looked at."""
    behind = {key for key in draft.view.same if key.kind in (*WORKLOADS, "Pod")}
    in_trouble = any(s.code in UNSERVED and s.subject.key in behind for s in draft.view.evidence_set.facts)
    proof = {rule.observation for rule in draft.kind.supports if rule.decisive}
    own = [s.code for s in draft.supporting if s.subject.key in behind]
    return in_trouble and not any(code in proof or code not in UNSERVED for code in own)


def is_unserved(evidence_set: EvidenceSet, callee: Keys) -> bool:
    """Whether nothing serves behind a callee, whose keys these are."""
    codes = {s.code for s in evidence_set.facts if s.subject.key in callee}
    return bool(codes & UNSERVED) and not any("endpoints" in OBSERVATIONS[code].disproves for code in codes)


def complains_of_nobody(evidence_set: EvidenceSet, topology: Topology, keys: Keys | frozenset[SubjectKey]) -> bool:
    """Whether its logs keep telling of something that fails, and never of whom."""
    words = insistent_reports(evidence_set, keys)
    return bool(words) and all(topology.target(s) is None for s in words)


def tells_of_a_call(report: ObservedFact) -> bool:
    """Whether the words of a log line say that something asked of another program failed."""
    attributes = report.observation.attributes
    spec = OBSERVATIONS[report.code].attributes
    if "about" not in spec:  # a code of its own: it is about a call where it has an address
        return "address" in spec
    return attributes.get("about") in ABOUT_CALLS or bool(attributes.get("of_request"))


def insistent_reports(evidence_set: EvidenceSet, keys: Keys | frozenset[SubjectKey]) -> list[ObservedFact]:
    """What their logs keep saying."""
    reports = (s for s in evidence_set.facts if s.subject.key in keys and s.code in recency.REPORTS)
    return [s for s in reports if recency.insists(s.observation)]


def families(topology: Topology, keys: Keys) -> list[Keys]:
    """The keys by the workload that they belong to."""
    by_root: dict[SubjectKey, Keys] = {}
    for key in sorted(keys):
        by_root.setdefault(topology.workload(key), set()).add(key)
    return list(by_root.values())
