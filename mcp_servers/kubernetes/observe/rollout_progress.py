"""How far pods of the newest template have replaced the earlier ones: all of them, or held back by the workload itself.

Pods of an earlier template are ready as well, so their number tells nothing of a rollout.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.observe.workloads import desired, is_settled, serving
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree

ROLLED_OUT: Final = ("Deployment", "StatefulSet", "DaemonSet")
_WORDS: Final = {
    "paused": "the Deployment is paused",
    "on_delete": "its update strategy is OnDelete",
    "partition": "its update strategy has a partition",
}


def observe(tree: WorkloadTree) -> Iterator[Observation]:
    root = tree.root
    if root.get("kind") not in ROLLED_OUT:
        return
    why, present, updated = _held_by(root), _present(root), _of_newest_template(root)
    if why and present > updated:
        attributes = {"why": why, "waiting": present - updated}
        text = f"{_WORDS[why]}, and {present - updated} of {present} pods wait to be replaced"
        yield Observation(code="rollout.held", subject=tree.subject, attributes=attributes, excerpt=text)
    replicas = desired(root)
    is_ready = bool(replicas) and serving(root, tree.pods) >= replicas
    if is_ready and is_settled(root) and present <= updated and updated >= replicas:
        yield Observation(code="rollout.complete", subject=tree.subject, attributes={"replicas": replicas})


def _held_by(root: Obj) -> str:
    """What in its own spec keeps pods from being replaced; "" where nothing does."""
    spec = o.spec(root)
    strategy = spec.get("updateStrategy") or {}
    if root.get("kind") == "Deployment":
        return "paused" if spec.get("paused") else ""
    if strategy.get("type") == "OnDelete":
        return "on_delete"
    is_partial = root.get("kind") == "StatefulSet" and (strategy.get("rollingUpdate") or {}).get("partition")
    return "partition" if is_partial else ""


def _present(root: Obj) -> int:
    """The pods that there are, or should be, of any template."""
    status = o.status(root)
    return int(status.get("desiredNumberScheduled") or status.get("replicas") or 0)


def _of_newest_template(root: Obj) -> int:
    """Those of the newest template; where a StatefulSet has one revision alone, that is all."""
    status = o.status(root)
    revision = status.get("updateRevision")
    if revision and revision == status.get("currentRevision"):
        return _present(root)
    return int(status.get("updatedNumberScheduled") or status.get("updatedReplicas") or 0)
