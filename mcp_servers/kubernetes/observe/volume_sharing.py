"""Claims that more pods use than their access modes allow: one node's pods, or one pod."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.observe.references import claim_names, claims_of
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree

FOR_MANY = ("ReadWriteMany", "ReadOnlyMany")
FOR_ONE_POD = "ReadWriteOncePod"


def observe(tree: WorkloadTree) -> Iterator[Observation]:
    """One fact for each claim, while a pod of the workload that uses it is not ready."""
    for name in claim_names(tree):
        claim = tree.lists.by_name("PersistentVolumeClaim", name)
        modes = [str(mode) for mode in o.spec(claim or {}).get("accessModes") or []]
        if not modes or any(mode in FOR_MANY for mode in modes):
            continue
        pods = [pod for pod in tree.lists.of("Pod") if name in claims_of(pod) and not o.is_over(pod)]
        nodes = sorted({node for pod in pods if (node := str(o.spec(pod).get("nodeName") or ""))})
        too_many = len(pods) > 1 if FOR_ONE_POD in modes else len(nodes) > 1
        if too_many and any(_is_waiting(pod) for pod in tree.pods if name in claims_of(pod)):
            names = [o.name(pod) for pod in pods]
            text = f"claim {name} is {', '.join(modes)}, and {len(names)} pods use it, on {len(nodes)} nodes"
            attributes = {"claim": name, "modes": modes, "pods": names, "nodes": nodes}
            yield Observation(code="volume.shared", subject=tree.subject, attributes=attributes, excerpt=text)


def _is_waiting(pod: Obj) -> bool:
    return not o.is_ready(pod) and not o.is_over(pod)
