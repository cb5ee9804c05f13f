"""The CPU architecture of the nodes where a workload's pods do not come up, as the nodes tell it."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree

LABELS = ("kubernetes.io/arch", "beta.kubernetes.io/arch")


def observe(tree: WorkloadTree) -> Iterator[Observation]:
    """One fact where pods are placed and not ready, with the other architectures that the cluster has."""
    failing = [pod for pod in tree.pods if not o.is_over(pod) and not o.is_ready(pod)]
    if not failing:  # before anything is read of every node, for each of many workloads
        return
    nodes = {o.name(node): architecture(node) for node in tree.lists.of("Node")}
    names = sorted({name for pod in failing if nodes.get(name := str(o.spec(pod).get("nodeName") or ""))})
    if not names:
        return
    own = sorted({nodes[name] for name in names})
    others = sorted(set(nodes.values()) - set(own) - {""})
    text = f"its failing pods are on nodes of {', '.join(own)}"
    text += f"; others are {', '.join(others)}" if others else ""
    attributes = {"architectures": own, "others": others, "nodes": names}
    yield Observation(code="workload.architecture", subject=tree.subject, attributes=attributes, excerpt=text)


def architecture(node: Obj) -> str:
    own = str((o.status(node).get("nodeInfo") or {}).get("architecture") or "")
    return own or next((o.labels(node)[label] for label in LABELS if o.labels(node).get(label)), "")
