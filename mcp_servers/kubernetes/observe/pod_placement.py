"""Rules of a pod template about other pods that no node can meet: a topology label that no node bears, pods to be
beside that are not there, and more replicas than places to keep them apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mcp_servers.kubernetes.observe.workloads import desired
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot import selection
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.ownership import selects
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


class Rule(NamedTuple):
    """`requirement` is what the rule asks for, `there` what the cluster has of it."""

    demand: str
    requirement: str
    there: list[str]
    text: str


def unmet(tree: WorkloadTree, fitting: Iterable[Obj]) -> Iterator[Rule]:
    """Each such rule; `fitting` are the nodes that nothing else keeps from taking the pods."""
    nodes = list(fitting)
    yield from _spread(tree, nodes)
    yield from _beside(tree, nodes)
    yield from _apart(tree, nodes)


def _spread(tree: WorkloadTree, nodes: list[Obj]) -> Iterator[Rule]:
    for constraint in o.spec(tree.template).get("topologySpreadConstraints") or []:
        key = str(constraint.get("topologyKey", ""))
        if constraint.get("whenUnsatisfiable") != "ScheduleAnyway" and not _places(nodes, key):
            yield _without_label("spread_label", key, "topology spread constraint")


def _beside(tree: WorkloadTree, nodes: list[Obj]) -> Iterator[Rule]:
    for term in _terms(tree, "podAffinity"):
        key, selector = str(term.get("topologyKey", "")), term.get("labelSelector")
        if not _places(nodes, key):
            yield _without_label("affinity_label", key, "pod affinity")
        elif term.get("namespaces") or term.get("namespaceSelector") is not None or not tree.lists.has("Pod"):
            continue  # pods of other namespaces were not read
        elif not selects(selector or {}, o.labels(tree.template)) and not _has_node(selector, tree):
            requirement = o.selector_text((selector or {}).get("matchLabels") or {}) or "others"
            text = f"no pod that has a node carries {requirement}, which podAffinity requires beside it"
            yield Rule("pod_affinity", requirement, [], text)


def _apart(tree: WorkloadTree, nodes: list[Obj]) -> Iterator[Rule]:
    for term in _terms(tree, "podAntiAffinity"):
        key = str(term.get("topologyKey", ""))
        places, replicas = _places(nodes, key), desired(tree.root)
        if selects(term.get("labelSelector") or {}, o.labels(tree.template)) and replicas > len(places) > 0:
            text = f"podAntiAffinity keeps {replicas} replicas apart by {key}, of which nodes have {len(places)}"
            offer = f"{len(places)} ({', '.join(sorted(places)[:5])})"
            yield Rule("anti_affinity", f"{replicas} replicas apart by {key}", [offer], text)


def _without_label(demand: str, key: str, by: str) -> Rule:
    return Rule(demand, key, [], f"no node that fits has the label {key} that its {by} goes by")


def _terms(tree: WorkloadTree, kind: str) -> list[Obj]:
    return ((o.spec(tree.template).get("affinity") or {}).get(kind) or {}).get(REQUIRED) or []


def _places(nodes: Iterable[Obj], key: str) -> set[str]:
    return {o.labels(node)[key] for node in nodes if o.labels(node).get(key)}


def _has_node(selector: Obj | None, tree: WorkloadTree) -> bool:
    pods = selection.pods(selector, tree.lists)
    return any(o.spec(pod).get("nodeName") and not o.is_over(pod) for pod in pods)
