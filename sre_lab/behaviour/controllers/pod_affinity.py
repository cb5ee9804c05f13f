"""Rules about which pods may be near each other: affinity, anti-affinity and even spread over the parts of a cluster.

What they say of one node depends on the pods of the others, so they are asked last, of the nodes that are left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from sre_lab.behaviour.controllers.hosts import Host
from sre_lab.behaviour.controllers.node_fit import NodeRejection, has_affinity
from sre_lab.kubernetes.selectors import matches
from sre_lab.objects.store import Obj

HOSTNAME = "kubernetes.io/hostname"
NOT_NEAR = NodeRejection(("node(s) didn't match pod affinity rules",))
TOO_NEAR = NodeRejection(("node(s) didn't match pod anti-affinity rules",), curable=True, across=True)
UNWELCOME = NodeRejection(("node(s) didn't satisfy existing pods anti-affinity rules",), curable=True, across=True)
UNEVEN = NodeRejection(("node(s) didn't match pod topology spread constraints",), curable=True, across=True)
NO_PART = NodeRejection(("node(s) didn't match pod topology spread constraints (missing required label)",))
Part = tuple[str, str]  # topology key, its value


def affinity_rejections(pod: Obj, hosts: dict[str, Host], names: Iterable[str]) -> dict[str, NodeRejection]:
    """Those of the named hosts that the pod must not have, with the reason."""
    spread = [
        c for c in pod["spec"].get("topologySpreadConstraints") or [] if c.get("whenUnsatisfiable") != "ScheduleAnyway"
    ]
    affinity, anti_affinity = (
        _terms(pod, "podAffinity"),
        [t for t in _terms(pod, "podAntiAffinity") if t["topologyKey"] != HOSTNAME],
    )
    repelling = {part for host in hosts.values() if host.anti_affinity_pods for part in _repelled_from(pod, host)}
    if not (spread or affinity or anti_affinity or repelling):
        return {}
    near = [_parts_with(term, pod, hosts) for term in affinity]
    alone = bool(affinity) and not any(near) and all(_means(term, pod, pod) for term in affinity)
    far = set().union(*(_parts_with(term, pod, hosts) for term in anti_affinity)) if anti_affinity else set[Part]()
    counts = [(one, _counts(one, pod, hosts)) for one in spread]
    rejections: dict[str, NodeRejection] = {}
    for name in names:
        labels = hosts[name].node["metadata"].get("labels") or {}
        own: set[Part] = set(labels.items())
        misfit = next((m for one, count in counts if (m := _unevenness(one, count, pod, labels)) is not None), None)
        if misfit is None and affinity and not _is_near(affinity, near, own, labels, alone=alone):
            misfit = NOT_NEAR
        if misfit is None and far & own:
            misfit = TOO_NEAR
        if misfit is None and repelling & own:
            misfit = UNWELCOME
        if misfit is not None:
            rejections[name] = misfit
    return rejections


def _terms(pod: Obj, kind: str) -> list[Obj]:
    rules = (pod["spec"].get("affinity") or {}).get(kind) or {}
    terms: list[Obj] = rules.get("requiredDuringSchedulingIgnoredDuringExecution") or []
    return terms


def _means(term: Obj, owner: Obj, other: Obj) -> bool:
    """Whether a term of `owner` speaks of `other`."""
    namespace = other["metadata"].get("namespace")
    there = "namespaceSelector" in term or namespace in (term.get("namespaces") or [owner["metadata"].get("namespace")])
    return there and matches(term.get("labelSelector"), other["metadata"].get("labels") or {})


def _parts_with(term: Obj, pod: Obj, hosts: dict[str, Host]) -> set[Part]:
    """The parts of the cluster in which a pod runs that the term speaks of."""
    key = term["topologyKey"]
    return {
        (key, labels[key])
        for host in hosts.values()
        if key in (labels := host.node["metadata"].get("labels") or {})
        and any(_means(term, pod, other) for other in host.pods.values())
    }


def _repelled_from(pod: Obj, host: Host) -> Iterator[Part]:
    """The parts in which a pod of this host does not want the new one."""
    labels = host.node["metadata"].get("labels") or {}
    for other in host.anti_affinity_pods.values():
        for term in _terms(other, "podAntiAffinity"):
            if term["topologyKey"] in labels and _means(term, other, pod):
                yield term["topologyKey"], labels[term["topologyKey"]]


def _is_near(terms: list[Obj], near: list[set[Part]], own: set[Part], labels: dict[str, str], *, alone: bool) -> bool:
    """`alone`: nobody is there whom the pod wants to be near, but it would be near itself."""
    if alone:
        return all(term["topologyKey"] in labels for term in terms)
    return all(parts & own for parts in near)


def _counts(constraint: Obj, pod: Obj, hosts: dict[str, Host]) -> Counter[str]:
    """How many pods like it each part holds, of the parts in which it could be."""
    key, counts = constraint["topologyKey"], Counter[str]()
    for host in hosts.values():
        value = (host.node["metadata"].get("labels") or {}).get(key)
        if value is None or not has_affinity(pod, host.node):
            continue
        counts[value] += sum(_is_alike(constraint, pod, other) for other in host.pods.values())
    return counts


def _is_alike(constraint: Obj, pod: Obj, other: Obj) -> bool:
    meta, labels = other["metadata"], other["metadata"].get("labels") or {}
    own = pod["metadata"].get("labels") or {}
    same = all(labels.get(key) == own.get(key) for key in constraint.get("matchLabelKeys") or [] if key in own)
    here = meta.get("namespace") == pod["metadata"].get("namespace") and not meta.get("deletionTimestamp")
    return here and same and matches(constraint.get("labelSelector"), labels)


def _unevenness(constraint: Obj, counts: Counter[str], pod: Obj, labels: dict[str, str]) -> NodeRejection | None:
    value = labels.get(constraint["topologyKey"])
    if value is None:
        return NO_PART
    least = min(counts.values(), default=0)
    if len(counts) < int(constraint.get("minDomains") or 1):
        least = 0
    own = int(_is_alike(constraint, pod, pod))
    return UNEVEN if counts[value] + own - least > int(constraint.get("maxSkew") or 1) else None
