"""Container Insights: usage of pods by workload, their restarts, and the nodes of the cluster."""

from __future__ import annotations

from sre_agent.lab.behaviour import frozen
from sre_agent.lab.behaviour.kubelet.usage import pod_usage
from sre_agent.lab.behaviour.ownership import controller_of
from sre_agent.lab.kubernetes.quantities import parse
from sre_agent.lab.kubernetes.store import Obj
from sre_agent.lab.world import World

NAMESPACE = "ContainerInsights"


def measure(world: World) -> None:
    """One sample for each pod now, in the series of its workload; recorded pods that stand still are left alone."""
    nodes = {node["metadata"]["name"]: node for node in world.objects.all("Node")}
    for pod in world.objects.all("Pod"):
        if (pod.get("status") or {}).get("phase") in ("Running", "Pending") and not frozen.is_frozen(world, pod):
            _pod(world, pod, nodes.get(pod["spec"].get("nodeName", "")))
    _cluster(world, list(nodes.values()))


def workload_name(pod: Obj) -> str:
    """The Deployment (or other owner) that Container Insights calls `PodName`; the pod itself where it has none."""
    owner = controller_of(pod)
    if owner is None:
        return str(pod["metadata"]["name"])
    suffix = (pod["metadata"].get("labels") or {}).get("pod-template-hash", "")
    return str(owner["name"]).removesuffix(f"-{suffix}") if owner["kind"] == "ReplicaSet" else str(owner["name"])


def _pod(world: World, pod: Obj, node: Obj | None) -> None:
    meta, at = pod["metadata"], world.clock.now()
    dimensions = {"ClusterName": world.cluster.name, "Namespace": meta["namespace"], "PodName": workload_name(pod)}
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    restarts = float(sum(status.get("restartCount", 0) for status in statuses))
    world.metrics.put(NAMESPACE, "pod_number_of_container_restarts", dimensions, at, restarts, unit="Count")
    if node is None:
        return
    usage = pod_usage(world, pod).values()
    cores, memory = sum(used[0] for used in usage) / 1e9, float(sum(used[1] for used in usage))
    percents = {
        "pod_cpu_utilization": _percent(cores, _capacity(node, "cpu")),
        "pod_memory_utilization": _percent(memory, _capacity(node, "memory")),
        "pod_cpu_utilization_over_pod_limit": _percent(cores, _limit(pod, "cpu")),
        "pod_memory_utilization_over_pod_limit": _percent(memory, _limit(pod, "memory")),
    }
    for name, percent in percents.items():
        if percent is not None:
            world.metrics.put(NAMESPACE, name, dimensions, at, percent, unit="Percent")


def _cluster(world: World, nodes: list[Obj]) -> None:
    failed = sum(1 for node in nodes if not _is_ready(node))
    for name, number in (("cluster_node_count", len(nodes)), ("cluster_failed_node_count", failed)):
        at = world.clock.now()
        world.metrics.put(NAMESPACE, name, {"ClusterName": world.cluster.name}, at, float(number), unit="Count")


def _is_ready(node: Obj) -> bool:
    conditions = (node.get("status") or {}).get("conditions") or []
    return any(c.get("type") == "Ready" and c.get("status") == "True" for c in conditions)


def _capacity(node: Obj, resource: str) -> float:
    return float(parse(((node.get("status") or {}).get("capacity") or {}).get(resource, 0)))


def _limit(pod: Obj, resource: str) -> float:
    """The pod's limit, which exists only where every container has one; 0 otherwise."""
    limits = [(c.get("resources") or {}).get("limits", {}).get(resource) for c in pod["spec"]["containers"]]
    return float(sum(parse(limit) for limit in limits)) if all(limit is not None for limit in limits) else 0.0


def _percent(used: float, whole: float) -> float | None:
    return round(100.0 * used / whole, 3) if whole else None
