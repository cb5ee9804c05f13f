"""Volumes of waiting pods that can be had only in zones where no node takes these pods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.observe import capacity as extract_capacity
from mcp_servers.kubernetes.observe.placement import behind_a_cordon, fits, waits
from mcp_servers.kubernetes.observe.references import claims_of
from mcp_servers.kubernetes.observe.zones import ZONE
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree

OF_VOLUMES: Final = (*ZONE, "topology.ebs.csi.aws.com/zone", "topology.gke.io/zone", "topology.disk.csi.azure.com/zone")


def observe(tree: WorkloadTree) -> Iterator[Observation]:
    """One fact for each volume; none where zones are not known or nodes of them are open."""
    waiting = [pod for pod in tree.pods if waits(pod)]
    nodes = tree.lists.of("Node")
    if not waiting or not nodes or not tree.lists.has("PersistentVolume"):
        return
    for claim_name in sorted({name for pod in waiting for name in claims_of(pod)}):
        claim = tree.lists.by_name("PersistentVolumeClaim", claim_name)
        volume = tree.lists.by_name("PersistentVolume", str(o.spec(claim or {}).get("volumeName") or ""))
        there = _zones(volume) if volume is not None else []
        elsewhere = sorted({zone for node in nodes if _takes(node, tree.template) and (zone := _zone(node))})
        if volume is None or not there or not elsewhere or set(there) & set(elsewhere):
            continue
        local_nodes = [node for node in nodes if _zone(node) in there]
        closed = sorted(o.name(node) for node in local_nodes)
        text = f"PersistentVolume {o.name(volume)} is in {', '.join(there)}; nodes that accept the pods are in "
        yield Observation(
            code="volume.in_other_zone",
            subject=tree.subject,
            attributes={
                "volume": o.name(volume),
                "claim": claim_name,
                "zones": there,
                "node_zones": elsewhere,
                "nodes": closed,
            },
            excerpt=text + ", ".join(elsewhere),
        )
        yield from behind_a_cordon(tree, local_nodes)


def _takes(node: Obj, template: Obj) -> bool:
    """Whether a node would take the pods, were it not for the volume."""
    open_ = not o.spec(node).get("unschedulable") and o.condition(node, "Ready").get("status") == "True"
    tolerations = o.spec(template).get("tolerations") or []
    return open_ and fits(template, node) and not extract_capacity.untolerated(node, tolerations)


def _zone(node: Obj) -> str:
    return next((o.labels(node)[label] for label in ZONE if o.labels(node).get(label)), "")


def _zones(volume: Obj) -> list[str]:
    """Where the volume can be had, by its node affinity, else by its labels."""
    required = (o.spec(volume).get("nodeAffinity") or {}).get("required") or {}
    values = [
        str(value)
        for term in required.get("nodeSelectorTerms") or []
        for e in term.get("matchExpressions") or []
        if e.get("key") in OF_VOLUMES and e.get("operator") == "In"
        for value in e.get("values") or []
    ]
    return sorted(set(values)) or [o.labels(volume)[label] for label in ZONE if o.labels(volume).get(label)][:1]
