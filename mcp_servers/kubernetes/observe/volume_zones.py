"""Volumes of waiting pods that can be had only where no node takes these: in other zones, or on a node that is gone.

Of a bound claim that is its volume; of one that waits, the free volumes that would fit it, or where its class makes
new ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.observe import capacity as extract_capacity
from mcp_servers.kubernetes.observe import claims as extract_claims
from mcp_servers.kubernetes.observe.placement import behind_a_cordon, fits, meets, waits
from mcp_servers.kubernetes.observe.references import claims_of
from mcp_servers.kubernetes.observe.zones import ZONE
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree

OF_VOLUMES: Final = (*ZONE, "topology.ebs.csi.aws.com/zone", "topology.gke.io/zone", "topology.disk.csi.azure.com/zone")


@dataclass(frozen=True)
class Place:
    """Where a volume can be had: node selector terms, by a volume or by the class that would make one."""

    terms: list[Obj]
    volume: str = ""
    storage_class: str = ""

    @property
    def label(self) -> str:
        """The label of nodes that it goes by; all names of a zone are one."""
        keys = [str(e.get("key")) for term in self.terms for e in term.get("matchExpressions") or []]
        return next((key for key in keys if key not in OF_VOLUMES), ZONE[0])

    @property
    def values(self) -> list[str]:
        expressions = [e for term in self.terms for e in term.get("matchExpressions") or []]
        mine = [e for e in expressions if e.get("operator") == "In" and (e.get("key") == self.label or self.is_zonal)]
        return sorted({str(value) for e in mine for value in e.get("values") or []})

    @property
    def is_zonal(self) -> bool:
        return self.label == ZONE[0]

    def takes(self, node: Obj) -> bool:
        return _zone(node) in self.values if self.is_zonal else meets(self.terms, node)


def observe(tree: WorkloadTree) -> Iterator[Observation]:
    """One fact for each claim; none where places are not known or nodes there are open."""
    waiting = [pod for pod in tree.pods if waits(pod)]
    nodes = tree.lists.of("Node")
    if not waiting or not nodes or not tree.lists.has("PersistentVolume"):
        return
    open_nodes = [node for node in nodes if _takes(node, tree.template)]
    for claim_name in sorted({name for pod in waiting for name in claims_of(pod)}):
        claim = tree.lists.by_name("PersistentVolumeClaim", claim_name)
        places = _places(claim, tree.lists) if claim is not None else []
        if not places or not all(place.values for place in places):
            continue
        elsewhere = _values_of(open_nodes, places[0])
        if not elsewhere or any(place.takes(node) for place in places for node in open_nodes):
            continue
        local_nodes = [node for node in nodes if any(place.takes(node) for place in places)]
        yield _observation(tree, claim_name, places, elsewhere, local_nodes)
        yield from behind_a_cordon(tree, local_nodes)


def _observation(
    tree: WorkloadTree, claim: str, places: list[Place], elsewhere: list[str], local_nodes: list[Obj]
) -> Observation:
    first = places[0]
    there = sorted({value for place in places for value in place.values})
    what = f"PersistentVolume {first.volume}" if first.volume else f"a volume of StorageClass {first.storage_class}"
    where = "" if first.is_zonal else f"{first.label} "
    text = f"{what} is in {where}{', '.join(there)}; nodes that accept the pods are in {where}{', '.join(elsewhere)}"
    attributes: dict[str, Any] = {"volume": first.volume, "storage_class": first.storage_class, "claim": claim}
    attributes |= {"label": "" if first.is_zonal else first.label, "zones": there, "node_zones": elsewhere}
    attributes["nodes"] = sorted(o.name(node) for node in local_nodes)
    return Observation(code="volume.in_other_zone", subject=tree.subject, attributes=attributes, excerpt=text)


def _places(claim: Obj, lists: Lists) -> list[Place]:
    """Where what the claim is to have can be; none where nothing says so."""
    if bound := str(o.spec(claim).get("volumeName") or ""):
        volume = lists.by_name("PersistentVolume", bound)
        return [_of_volume(volume)] if volume is not None else []
    if free := extract_claims.fitting(claim, lists):
        return [_of_volume(volume) for volume in free]
    storage_class = lists.by_name("StorageClass", str(o.spec(claim).get("storageClassName") or ""))
    topologies = (storage_class or {}).get("allowedTopologies") or []
    terms = [
        {"matchExpressions": [e | {"operator": "In"} for e in topology.get("matchLabelExpressions") or []]}
        for topology in topologies
    ]
    return [Place(terms, storage_class=o.name(storage_class))] if storage_class is not None and terms else []


def _of_volume(volume: Obj) -> Place:
    """By its node affinity, else by its labels."""
    required = (o.spec(volume).get("nodeAffinity") or {}).get("required") or {}
    terms = list(required.get("nodeSelectorTerms") or [])
    labels = [label for label in ZONE if o.labels(volume).get(label)][:1]
    by_label = [{"key": key, "operator": "In", "values": [o.labels(volume)[key]]} for key in labels]
    return Place(terms or [{"matchExpressions": by_label}], volume=o.name(volume))


def _takes(node: Obj, template: Obj) -> bool:
    """Whether a node would take the pods, were it not for the volume."""
    open_ = not o.spec(node).get("unschedulable") and o.condition(node, "Ready").get("status") == "True"
    tolerations = o.spec(template).get("tolerations") or []
    return open_ and fits(template, node) and not extract_capacity.untolerated(node, tolerations)


def _values_of(nodes: list[Obj], place: Place) -> list[str]:
    return sorted({value for n in nodes if (value := _zone(n) if place.is_zonal else _value(n, place.label))})


def _value(node: Obj, label: str) -> str:
    return str(o.labels(node).get(label) or "")


def _zone(node: Obj) -> str:
    return next((o.labels(node)[label] for label in ZONE if o.labels(node).get(label)), "")
