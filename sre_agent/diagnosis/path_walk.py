"""The walk from a symptom to its cause: from who complains to whom it calls, hop by hop, until somebody explains it.

Every hop is asked about in the same way, whether a log names it, a route, or only what the caller is configured with:
what does not serve is explained, and what serves is read for whom it complains of itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from mcp_servers.contract.facts import Subject, SubjectKey
from sre_agent.diagnosis import recency
from sre_agent.diagnosis.call_path import complains_of_nobody, families, insistent_reports
from sre_agent.diagnosis.evidence_set import EvidenceSet, ObservedFact, question
from sre_agent.diagnosis.topology import CALL_DEPTH, WORKLOADS, Keys, Topology
from sre_agent.domain.claim import AlarmClaim
from sre_agent.domain.finding import EvidenceRequest

CALLEES: Final = "kubectl_callees"
EXPLAIN: Final = "kubectl_explain_workload"
LOGS: Final = "kubectl_logs"
ANALYZE: Final = "analyze_resource"
DATABASE_HOST: Final = re.compile(
    r"(?<![\w-])(?P<name>[a-z][a-z0-9-]{0,62})\.(?!cluster-)[a-z0-9]+\.[a-z0-9-]+\.rds\.amazonaws\.com(?:\.cn)?"
)
NAMESPACE: Final = "Namespace"
AT_ONCE: Final = 4  # hops that one round asks about
WITHOUT_QUANTITY: Final = ("unknown", "health", "backlog", "job_failure")  # may be felt by who calls, and do not say so


class PathWalk:
    """The hops from `focus` that are known so far; `own` are the keys of all that belongs to it."""

    def __init__(self, focus: Sequence[Subject], own: Keys, evidence_set: EvidenceSet, topology: Topology) -> None:
        self._focus, self._own = [topology.resolve(subject) for subject in focus], own
        self._evidence_set, self._topology = evidence_set, topology

    def requests(self, claims: Sequence[AlarmClaim], *, budget_left: int) -> list[EvidenceRequest]:
        """What the next hops would show, the nearest first, where it was not asked yet."""
        if not any(claim.is_beyond_pods or claim.quantity in WITHOUT_QUANTITY for claim in claims):
            return []
        configured = [*self._configuration_requests(claims), *self._databases()]
        candidates = [*self._entrances(), *configured, *self._onward()]
        fresh = [one for one in candidates if question(one.tool, one.arguments) not in self._evidence_set.calls]
        return fresh[: max(0, min(AT_ONCE, budget_left))]

    def _entrances(self) -> Iterator[EvidenceRequest]:
        """What those say to whom a route passes its requests on, and all that run in a namespace of which errors are
        told."""
        for subject in self._focus:
            if subject.kind == NAMESPACE:
                decides = f"what those say that run in {subject.short}"
                yield _request("logs", LOGS, decides, namespace=subject.name, name="")
        for key in self._routes():
            decides = f"what the pods say to which requests to {key.name} are passed on"
            yield _request("logs", LOGS, decides, namespace=key.namespace, name=key.name)

    def _routes(self) -> list[SubjectKey]:
        """The Services that the routes among the subjects lead to."""
        services = self._topology.onward({subject.key for subject in self._focus}, "routes_to")
        return sorted(k for k in services if k.kind == "Service" and self._topology.onward({k}, "selects"))

    def _configuration_requests(self, claims: Sequence[AlarmClaim]) -> Iterator[EvidenceRequest]:
        """Whom the subjects are configured to call, where they complain, or somebody complains of them."""
        if not (any(claim.is_beyond_pods for claim in claims) or insistent_reports(self._evidence_set, self._own)):
            return
        keys = [subject.key for subject in self._focus if subject.kind in (*WORKLOADS, "Pod", "Service")]
        for key in dict.fromkeys([*map(self._topology.workload, keys), *self._routes(), *self._complaining()]):
            decides = f"whether what {key.name} is configured to call serves"
            yield _request("kubernetes", CALLEES, decides, namespace=key.namespace, name=key.name)

    def _databases(self) -> Iterator[EvidenceRequest]:
        """How the databases of the cloud are that the subjects are configured to use, where these complain of nobody: a
        client passes on what its server says of the server's own disk, locks or memory."""
        for caller in families(self._topology, self._own):
            if not complains_of_nobody(self._evidence_set, self._topology, caller):
                continue
            for key in sorted(self._topology.callees(caller)):
                if key.kind == "Address" and (name := database_at(key.name)):
                    decides = f"whether database {name}, which it is configured to use, is short of something"
                    yield _request("metrics", ANALYZE, decides, kind="Database", name=name)

    def _complaining(self) -> list[SubjectKey]:
        """Of a namespace those who complain in it, and say of nobody."""
        if not any(subject.kind == NAMESPACE for subject in self._focus):
            return []
        complaints = (
            self._topology.workload(fact.subject.key) for fact in insistent_reports(self._evidence_set, self._own)
        )
        roots = [key for key in dict.fromkeys(complaints) if key.kind in (*WORKLOADS, "Pod")]
        return [
            key
            for key in roots
            if complains_of_nobody(self._evidence_set, self._topology, self._topology.workload_tree(key))
        ]

    def _onward(self) -> Iterator[EvidenceRequest]:
        """Along the calls: why a callee does not serve; of one that serves what it says, where its caller complains of
        it, or of nobody in particular; and whom it is configured to call itself, where it complains of nobody."""
        for caller, key in self._hops():
            place: dict[str, object] = {"namespace": key.namespace, "name": key.name}
            is_missed = self._is_named(key, caller) or complains_of_nobody(self._evidence_set, self._topology, caller)
            if self._is_in_trouble(key) or (is_missed and not self._is_known(key)):
                decides = f"why {key.name}, which is called, does not serve"
                yield _request("kubernetes", EXPLAIN, decides, kind=key.kind, **place)
            elif is_missed and self._topology.onward({key}, "selects"):
                yield _request("logs", LOGS, f"what {key.name}, which is called, says itself", **place)
                if complains_of_nobody(self._evidence_set, self._topology, self._topology.workload_tree(key)):
                    decides = f"whether what {key.name} is configured to call serves"
                    yield _request("kubernetes", CALLEES, decides, **place)

    def _hops(self) -> Iterator[tuple[Keys, SubjectKey]]:
        """(who calls, the Service or workload that is needed), the nearest first."""
        own = set(self._own).union(*(self._topology.workload_tree(key) for key in self._routes()))
        callers = families(self._topology, own)
        callees_so_far: Keys = set()
        for _ in range(CALL_DEPTH):
            following: list[Keys] = []
            for caller in callers:
                neighbours = self._topology.callees(caller) | self._topology.onward(caller, "served_by")
                callees = {k for k in neighbours if k.kind in (*WORKLOADS, "Service") and k.namespace} - callees_so_far
                yield from ((caller, key) for key in sorted(callees))
                callees_so_far |= callees
                following += [self._topology.workload_tree(key) for key in sorted(callees)]
            callers = following

    def _is_known(self, service: SubjectKey) -> bool:
        family = self._topology.workload_tree(service)
        return any(s.subject.key in family for s in self._evidence_set.facts)

    def _is_in_trouble(self, service: SubjectKey) -> bool:
        family = self._topology.workload_tree(service)
        return any(s.subject.key in family and self._is_trouble(s) for s in self._evidence_set.facts)

    def _is_trouble(self, fact: ObservedFact) -> bool:
        return fact.code in recency.ABNORMAL or (fact.code in recency.PAST and self._evidence_set.current(fact))

    def _is_named(self, service: SubjectKey, by: Keys) -> bool:
        """Whether somebody's log names it."""
        targets = (self._topology.target(s) for s in insistent_reports(self._evidence_set, by))
        return any(target is not None and target.key == service for target in targets)


def database_at(host: str) -> str:
    """The database instance whose endpoint of RDS this is; empty for any other host."""
    match = DATABASE_HOST.fullmatch(host)
    return match["name"] if match else ""


def _request(agent: str, tool: str, decides: str, **arguments: object) -> EvidenceRequest:
    return EvidenceRequest(agent=agent, tool=tool, arguments=arguments, decides=decides)
