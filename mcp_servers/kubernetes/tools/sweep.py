"""Everything unhealthy that was read, as facts joined by relations, in groups by the topmost subject.

Extraction sees complete objects, namespace by namespace; groups keep a few facts of each code and count the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from typing import Final

from mcp_servers.contract.facts import Observation, Relation, Subject
from mcp_servers.kubernetes.observe import access as extract_access
from mcp_servers.kubernetes.observe import capacity as extract_capacity
from mcp_servers.kubernetes.observe import constraints as extract_guards
from mcp_servers.kubernetes.observe import hygiene as extract_hygiene
from mcp_servers.kubernetes.observe import lifecycles as extract_lifecycles
from mcp_servers.kubernetes.observe import references as extract_references
from mcp_servers.kubernetes.observe import traffic as extract_traffic
from mcp_servers.kubernetes.observe import workload_facts as extract_families
from mcp_servers.kubernetes.observe.severity import CONTEXT, State, rank, state
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.namespaces import Fact, Surroundings
from mcp_servers.kubernetes.snapshot.reading import Lists
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree, workload_trees
from mcp_servers.kubernetes.tools.cut_off import CutOffService

Places = dict[str, Surroundings]

OF_A_CODE: Final = 2  # facts of one code and container that a group keeps
OF_A_GROUP: Final = 14
WORKS: Final = ("workload.available",)
DELETED: Final = ("Pod", "PersistentVolumeClaim", "Deployment", "StatefulSet", "DaemonSet", "Job", "Service", "Ingress")
DELETED_OF_CLUSTER: Final = ("Namespace", "PersistentVolume", "Node")


@dataclass
class SubjectFindings:
    """What was found on one topmost subject and all that belongs to it. `counts` are of all facts, by code."""

    subject: Subject
    state: State = ""
    facts: list[Observation] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    subjects: set[str] = field(default_factory=set)

    @property
    def weight(self) -> tuple[int, int, int, str]:
        order = ("failing", "noted", "hygiene", "").index(self.state)
        worst = min((rank(code) for code in self.counts if code not in CONTEXT), default=rank(""))
        return order, worst, -len(self.subjects), str(self.subject)


@dataclass(frozen=True)
class SweepFindings:
    """`groups` in order of weight; `totals` counts the topmost subjects that were looked at, by kind."""

    groups: list[SubjectFindings]
    totals: Counter[str]


def sweep(
    lists: Lists,
    scope: str,
    now: datetime,
    namespace: str,
    *,
    hygiene: bool,
    cut_off: Callable[[Places], list[CutOffService]],
) -> SweepFindings:
    """All groups of a namespace, or of the cluster where `namespace` is empty. `cut_off` finds whom Services that keep
    to their node leave out."""
    parts = lists.by_namespace()
    places = {
        name: Surroundings(scope, now, name, part, workload_trees(part, scope, now))
        for name, part in parts.items()
        if name
    }
    if namespace:
        places = {name: place for name, place in places.items() if name == namespace}
    every = [tree for place in places.values() for tree in place.trees]
    facts: list[Fact] = []
    groups: dict[str, SubjectFindings] = {}
    totals: Counter[str] = Counter()
    for tree in every:
        totals[tree.subject.kind] += 1
        if group := _of_family(tree, now):
            groups[str(group.subject)] = group
    most = extract_capacity.largest(lists.of("Node"))
    for place in places.values():
        facts += chain(_around(place, parts), extract_capacity.workloads(place, most))
        facts += extract_hygiene.observe(place) if hygiene else ()
    cluster = Surroundings(scope, now, namespace, lists, every)
    facts += _of_cluster(cluster, parts)
    facts += extract_hygiene.of_cluster(cluster) if hygiene and not namespace else ()
    for kind in ("Node", "Service", "Ingress", "PersistentVolumeClaim", "PersistentVolume"):
        totals[kind] = len(lists.of(kind))
    _join(groups, facts, now)
    for cut in cut_off(places):
        _leave_out(groups, cut, now, hygiene=hygiene)
    _link(groups, facts)
    return SweepFindings(sorted(groups.values(), key=lambda group: group.weight), totals)


def _of_family(tree: WorkloadTree, now: datetime) -> SubjectFindings | None:
    """The group of a workload that is in trouble or worth a note; None for one that is well."""
    on_itself, on_pods = extract_families.members(tree)
    serves = any(x.code in WORKS for x in on_itself)
    group = SubjectFindings(tree.subject)
    serving = (tree.subject.short,) if serves else ()
    observations = [*on_itself, *on_pods]
    observations += extract_families.warnings(tree)
    _add(group, ((x, state(x, now, serving)) for x in observations))
    if not group.counts:
        return None
    if group.state == "failing":
        _keep(group, [x for x in observations if x.code in CONTEXT])
    names = {x.subject.name for x in group.facts if x.subject.kind == "Pod"}
    shown_tree = replace(tree, pods=[p for p in tree.pods if o.name(p) in names])
    group.relations = [*shown_tree.relations(), *extract_references.relations(tree)]
    return group


def _around(place: Surroundings, parts: dict[str, Lists]) -> Iterable[Fact]:
    return chain(
        extract_traffic.services(place),
        extract_traffic.ingresses(place),
        extract_guards.scalers(place),
        extract_guards.budgets(place),
        extract_guards.quotas(place),
        extract_guards.policies(place),
        extract_guards.workloads(place),
        extract_lifecycles.cron_jobs(place),
        extract_lifecycles.claims(place),
        extract_lifecycles.deletions(place, (obj for kind in DELETED for obj in place.lists.of(kind))),
        extract_access.bindings(place, "RoleBinding", parts),
        extract_access.accounts(place),
    )


def _of_cluster(cluster: Surroundings, parts: dict[str, Lists]) -> Iterable[Fact]:
    facts = chain(
        extract_capacity.nodes(cluster),
        extract_traffic.webhooks(cluster, parts),
        extract_lifecycles.deletions(cluster, (obj for kind in DELETED_OF_CLUSTER for obj in cluster.lists.of(kind))),
        extract_lifecycles.volumes(cluster),
        extract_access.bindings(cluster, "ClusterRoleBinding", parts),
    )
    return [x for x in facts if isinstance(x, Relation) or _concerns(x, cluster)]


def _concerns(x: Observation, cluster: Surroundings) -> bool:
    """Of the cluster's objects, what matters to the namespace asked for: the nodes of its pods, itself, webhooks."""
    if not cluster.namespace or x.code.startswith("webhook."):
        return True
    if x.subject.kind == "Node":
        pods = cluster.lists.of("Pod")
        waits = any(not o.spec(p).get("nodeName") and not o.is_over(p) for p in pods)
        return waits or any(o.spec(p).get("nodeName") == x.subject.name for p in pods)
    return x.subject.kind == "Namespace" and x.subject.name == cluster.namespace


def _join(groups: dict[str, SubjectFindings], facts: list[Fact], now: datetime) -> None:
    """Facts that were found beside the families, to the group of their subject."""
    for x in facts:
        if isinstance(x, Observation) and (weight := state(x, now)):
            _add(groups.setdefault(str(x.subject), SubjectFindings(x.subject)), [(x, weight)])


def _leave_out(groups: dict[str, SubjectFindings], cut: CutOffService, now: datetime, *, hygiene: bool) -> None:
    """A Service that leaves callers out, with what they say; where nobody misses it, only a remark."""
    weight = state(cut.fact, now)
    if weight == "hygiene" and not hygiene:
        return
    group = groups.setdefault(str(cut.fact.subject), SubjectFindings(cut.fact.subject))
    _add(group, [(cut.fact, weight)])
    _keep(group, cut.beside)
    group.relations += cut.relations


def _link(groups: dict[str, SubjectFindings], facts: list[Fact]) -> None:
    """Relations between subjects that are spoken of; of the others nobody asks."""
    subjects = {x.subject.key for group in groups.values() for x in group.facts} | {
        group.subject.key for group in groups.values()
    }
    for group in groups.values():
        unique = {str((r.kind, *r.source.key, *r.target.key)): r for r in group.relations}
        mine = {x.subject.key for x in group.facts} | {group.subject.key}
        group.relations = [
            r
            for r in unique.values()
            if r.kind in ("owns", "calls")
            or ({r.source.key, r.target.key} <= subjects and {r.source.key, r.target.key} & mine)
        ]
    for r in facts:
        if isinstance(r, Relation) and {r.source.key, r.target.key} <= subjects:
            groups.get(str(r.source), groups.get(str(r.target), SubjectFindings(r.source))).relations.append(r)


def _add(group: SubjectFindings, weights: Iterable[tuple[Observation, State]]) -> None:
    order = ("", "hygiene", "noted", "failing")
    by_rank = sorted(((x, s) for x, s in weights if s), key=lambda pair: rank(pair[0].code))
    for x, weight in by_rank:
        group.state = max(group.state, weight, key=order.index)
        group.counts[x.code] += 1
        group.subjects.add(str(x.subject))
    _keep(group, [x for x, _ in by_rank])


def _keep(group: SubjectFindings, observations: Iterable[Observation]) -> None:
    """A few of each code about the same thing, the others are only counted."""
    counts = Counter(_likeness(x) for x in group.facts)
    for x in observations:
        like = _likeness(x)
        if counts[like] < OF_A_CODE and (len(group.facts) < OF_A_GROUP or x.code in CONTEXT):
            counts[like] += 1
            group.facts.append(x)


def _likeness(x: Observation) -> tuple[str, ...]:
    """What makes facts on several pods the same fact."""
    return x.code, *(str(x.attributes.get(name, "")) for name in ("container", "kind", "name", "key", "reason"))
