"""Services that keep their traffic on the node, and who is cut off by that: callers on nodes without a ready pod of it.

The setting alone is no fault: agents that run on every node are meant so. A fault it is where a caller runs on a node
that has nobody to answer. A caller is known by its template, or by what its log complains of; only for such a Service
a few logs are read, of pods that run on its bare nodes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from mcp_servers.contract.facts import Coverage, Observation, Relation, SubjectKey
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.observe import needs as extract_needs
from mcp_servers.kubernetes.observe import services as extract_services
from mcp_servers.kubernetes.observe.calls import resolved
from mcp_servers.kubernetes.observe.service_targets import keeps_to_node
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot import selection
from mcp_servers.kubernetes.snapshot.log_runs import LogRequest
from mcp_servers.kubernetes.snapshot.namespaces import Surroundings
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree, top
from mcp_servers.kubernetes.tools.logs import KubernetesLogs
from mcp_servers.serving.cancellation import at_once
from mcp_servers.signals.logs.signs import signs

SERVICES: Final = 5  # that are looked into
POD_LIMIT: Final = 4  # pods whose logs are read for each, of different workloads
AT_ONCE: Final = 4
NODES: Final = 20  # that are named
RECENT: Final[dict[str, str | int]] = {
    "tailLines": 200, "limitBytes": 200_000, "timestamps": "true", "sinceSeconds": 900,
}  # fmt: skip
FAILED: Final = "log.connection_failed"


@dataclass
class NodeLocalService:
    """A Service that keeps to the node; `bare` are the nodes with possible callers and no ready pod of it."""

    around: Surroundings
    service: Obj
    bare: list[str]
    on_every_node: bool
    dependents: list[WorkloadTree] = field(default_factory=list)
    beside: list[WorkloadTree] = field(default_factory=list)

    @property
    def key(self) -> SubjectKey:
        return self.around.subject(self.service).key

    def candidates(self) -> Iterator[tuple[WorkloadTree, Obj]]:
        """A pod of each workload that may call it, on a bare node."""
        for tree in [*self.dependents, *self.beside][:POD_LIMIT]:
            yield tree, next(p for p in tree.pods if _runs_on(p, self.bare))


@dataclass(frozen=True)
class CutOffService:
    """`fact` is about the Service; `beside` are what callers say and what else is known of it."""

    fact: Observation
    beside: list[Observation]
    relations: list[Relation]


class CutOffCallers:
    """One look; `coverage` tells afterwards what could not be read."""

    def __init__(self, api: Api) -> None:
        self._api, self._logs = api, KubernetesLogs(api)
        self.coverage: list[Coverage] = []

    def look(self, places: Mapping[str, Surroundings]) -> list[CutOffService]:
        """The Services that somebody is cut off from, and as hygiene those that keep to the node for nobody."""
        every = [tree for place in places.values() for tree in place.trees]
        local_services = [one for place in places.values() for one in _local(place, every)][:SERVICES]
        read = [(tree, pod) for one in local_services for tree, pod in one.candidates()]
        unique = {id(pod): (tree, pod) for tree, pod in read}
        sign_lists = at_once(lambda pair: self._signs(pair[1]), unique.values(), AT_ONCE) if unique else []
        complaints = [x for group in sign_lists for x in group if x.code == FAILED]
        resolved_calls = resolved(self._api, complaints, [pod for _, pod in unique.values()])
        self.coverage += resolved_calls.coverage
        callers = {
            one.key: {r.source.key for r in resolved_calls.relations if r.target.key == one.key}
            for one in local_services
        }
        return [self._cut_off_service(one, callers[one.key], resolved_calls.observations) for one in local_services]

    def _signs(self, pod: Obj) -> list[Observation]:
        """The signs in the newest lines of a pod's containers."""
        namespace, subject = str(o.meta(pod).get("namespace", "")), o.subject(self._api.name, pod)
        observations: list[Observation] = []
        for _, container in o.containers(pod):
            log = self._logs.read(namespace, LogRequest(pod, str(container.get("name", "")), False), dict(RECENT), "")
            if log.coverage.state not in ("complete", "truncated"):
                self.coverage.append(log.coverage)
            observations += signs(log.lines, subject) if log.lines else []
        return observations

    def _cut_off_service(
        self, one: NodeLocalService, callers: set[SubjectKey], observations: Sequence[Observation]
    ) -> CutOffService:
        around, subject = one.around, one.around.subject(one.service)
        complaints = [x for x in observations if x.subject.key in callers]
        if not complaints and not one.dependents:
            fact = around.observed("hygiene.kept_on_node", one.service, policy="internal", without=one.bare[:NODES])
            return CutOffService(fact, [], [])
        at = min((x.at for x in complaints if x.at is not None), default=None)
        fact = around.observed(
            "service.node_local", one.service, at=at, policy="internal", without=one.bare[:NODES], cuts_off=True
        )
        cut = [tree for tree in one.dependents if not complaints or _among(tree, callers)]
        cut += [tree for tree in one.beside if _among(tree, callers)]
        relations = [Relation(kind="calls", source=x.subject, target=subject) for x in complaints]
        for tree in cut:
            relations.append(Relation(kind="calls", source=tree.subject, target=subject))
            pods = [p for p in tree.pods if o.subject(tree.scope, p).key in callers]
            relations += replace(tree, pods=pods).relations()
        return CutOffService(
            fact, [*extract_services.observe([one.service], around.scope, around.lists), *complaints], relations
        )


def _local(place: Surroundings, every: Sequence[WorkloadTree]) -> Iterator[NodeLocalService]:
    """The Services of a namespace that keep to the node where pods of others run that it does not reach."""
    for service in place.lists.of("Service"):
        if not keeps_to_node(service, "internal"):
            continue
        behind = [p for p in selection.pods_of(service, place.lists) if not o.is_over(p)]
        having = {str(o.spec(p).get("nodeName") or "") for p in behind if o.is_ready(p)}
        if not having:
            continue  # it has no endpoint at all, which is told as that
        roots = [top(p, place.lists) for p in behind]
        others = [f for f in every if not any(f.root is root for root in roots)]
        nodes = {_node(p) for f in others for p in f.pods if o.status(p).get("phase") == "Running"} - having - {""}
        if not nodes:
            continue
        one = NodeLocalService(place, service, sorted(nodes), all(root["kind"] == "DaemonSet" for root in roots))
        there = [f for f in others if any(_runs_on(p, one.bare) for p in f.pods)]
        naming = [f for f in there if any(r.target.key == one.key for r in extract_needs.relations(f))]
        one.dependents = [] if one.on_every_node else naming
        one.beside = [f for f in there if f.namespace == place.namespace and f not in one.dependents]
        one.beside += [f for f in naming if f not in one.beside and f not in one.dependents]
        yield one


def _node(pod: Obj) -> str:
    return str(o.spec(pod).get("nodeName") or "")


def _runs_on(pod: Obj, nodes: Sequence[str]) -> bool:
    return _node(pod) in nodes and o.status(pod).get("phase") == "Running"


def _among(tree: WorkloadTree, callers: set[SubjectKey]) -> bool:
    return any(o.subject(tree.scope, p).key in callers for p in tree.pods)
