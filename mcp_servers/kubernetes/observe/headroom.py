"""How much of what nodes have is asked for, by node group and zone: an autoscaler and a scheduler think in these."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

from mcp_servers.kubernetes.observe import capacity
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj

GROUPS: Final = (  # labels that name a node's group, by who makes it
    *("eks.amazonaws.com/nodegroup", "karpenter.sh/nodepool", "alpha.eksctl.io/nodegroup-name"),
    *("cloud.google.com/gke-nodepool", "kubernetes.azure.com/agentpool", "kops.k8s.io/instancegroup"),
)
ZONE: Final = "topology.kubernetes.io/zone"
MOST: Final = 60  # groups of one answer


def headroom(nodes: Sequence[Obj], demand: Callable[[Obj, str], Decimal]) -> list[dict[str, Any]]:
    """Rows {group, zone, nodes, shares: {resource: per cent}}, the fullest first. Nodes that take no pods count for
    nothing."""
    members: dict[tuple[str, str], list[Obj]] = defaultdict(list)
    for node in nodes:
        if not o.spec(node).get("unschedulable") and o.condition(node, "Ready").get("status") == "True":
            labels = o.labels(node)
            group = next((str(labels[name]) for name in GROUPS if labels.get(name)), "")
            members[group, str(labels.get(ZONE, ""))].append(node)
    rows: list[dict[str, Any]] = [
        {"group": group, "zone": zone, "nodes": len(some), "shares": _shares(some, demand)}
        for (group, zone), some in members.items()
    ]
    return sorted(rows, key=lambda row: -max(row["shares"].values(), default=0))[:MOST]


def _shares(nodes: Sequence[Obj], demand: Callable[[Obj, str], Decimal]) -> dict[str, int]:
    shares = {}
    for resource in capacity.RESOURCES:
        if has := sum((capacity.allocatable(node, resource) for node in nodes), Decimal(0)):
            shares[resource] = int(100 * sum((demand(node, resource) for node in nodes), Decimal(0)) / has)
    return shares
