"""Nodes: what their pods and their system use together, and the conditions that they report."""

from __future__ import annotations

from sre_lab.instrumentation.insights.pods import PodSample, capacity, instance
from sre_lab.instrumentation.insights.recorder import CLUSTER, InsightsRecorder, MetricDeclaration
from sre_lab.kubernetes.quantities import parse
from sre_lab.objects.store import Obj
from sre_lab.world import World

NODE = (("NodeName", "InstanceId", "ClusterName"), CLUSTER)
SYSTEM_CPU = 0.06  # cores of kubelet, runtime and system
CONDITIONS = {
    "Ready": "ready",
    "DiskPressure": "disk_pressure",
    "MemoryPressure": "memory_pressure",
    "PIDPressure": "pid_pressure",
    "NetworkUnavailable": "network_unavailable",
}
MEASURED = MetricDeclaration(
    (
        ("node_cpu_utilization", "Percent"),
        ("node_memory_utilization", "Percent"),
        ("node_network_total_bytes", "Bytes/Second"),
        ("node_cpu_reserved_capacity", "Percent"),
        ("node_memory_reserved_capacity", "Percent"),
        ("node_number_of_running_pods", "Count"),
        ("node_number_of_running_containers", "Count"),
        ("node_cpu_usage_total", "None"),
        ("node_cpu_limit", "None"),
        ("node_memory_working_set", "Bytes"),
        ("node_memory_limit", "Bytes"),
        *((f"node_status_condition_{word}", "Count") for word in (*CONDITIONS.values(), "unknown")),
        ("node_status_capacity_pods", "Count"),
        ("node_status_allocatable_pods", "Count"),
    ),
    NODE,
)
DISK = MetricDeclaration((("node_filesystem_utilization", "Percent"),), NODE)


def report(world: World, recorder: InsightsRecorder, nodes: dict[str, Obj], samples: list[PodSample]) -> None:
    """One record and one sample of each metric for every node that has an agent; one that is dead sends nothing."""
    by_node: dict[str, list[PodSample]] = {}
    for one in samples:
        if one.node is not None:
            by_node.setdefault(one.node["metadata"]["name"], []).append(one)
    for name, node in nodes.items():
        conditions = {c["type"]: c["status"] for c in (node.get("status") or {}).get("conditions") or []}
        if conditions.get("Ready") == "Unknown":
            continue
        where = {"NodeName": name, "InstanceId": instance(node)}
        values = _values(world, node, by_node.get(name, []), conditions)
        recorder.publish(where, values, (MEASURED,))
        recorder.record("Node", name, {**where, "kubernetes": {"host": name}, **values}, (MEASURED,))
        disk = {"node_filesystem_utilization": _disk(world, node)}
        recorder.publish(where, disk, (DISK,))
        device = {"device": "/dev/nvme0n1p1", "fstype": "vfs", "kubernetes": {"host": name}}
        recorder.record("NodeFS", name, {**where, **device, **disk}, (DISK,))


def _values(world: World, node: Obj, pods: list[PodSample], conditions: dict[str, str]) -> dict[str, float]:
    cpu, memory = capacity(node, "cpu") or 1.0, capacity(node, "memory") or 1.0
    used = [amounts for one in pods for amounts in one.usage.values()]
    cores = SYSTEM_CPU + sum(c for c, _ in used)
    facts = world.cluster.facts(node["metadata"]["name"])
    working_set = float(parse(facts.memory_used)) + sum(m for _, m in used)
    allocatable = (node.get("status") or {}).get("allocatable") or {}
    states = {f"node_status_condition_{w}": float(conditions.get(c) == "True") for c, w in CONDITIONS.items()}
    return {
        "node_cpu_utilization": round(100.0 * cores / cpu, 3),
        "node_memory_utilization": round(100.0 * working_set / memory, 3),
        "node_network_total_bytes": _total(pods, "pod_network_rx_bytes") + _total(pods, "pod_network_tx_bytes"),
        "node_cpu_reserved_capacity": _total(pods, "pod_cpu_reserved_capacity"),
        "node_memory_reserved_capacity": _total(pods, "pod_memory_reserved_capacity"),
        "node_number_of_running_pods": _total(pods, "pod_status_running"),
        "node_number_of_running_containers": _total(pods, "pod_number_of_running_containers"),
        "node_cpu_usage_total": round(cores * 1000, 3),
        "node_cpu_limit": cpu * 1000,
        "node_memory_working_set": working_set,
        "node_memory_limit": memory,
        **states,
        "node_status_condition_unknown": float("Unknown" in conditions.values()),
        "node_status_capacity_pods": capacity(node, "pods"),
        "node_status_allocatable_pods": float(parse(allocatable.get("pods", 0))),
    }


def _total(pods: list[PodSample], name: str) -> float:
    return round(sum(one.values.get(name, 0.0) for one in pods), 3)


def _disk(world: World, node: Obj) -> float:
    facts = world.cluster.facts(node["metadata"]["name"])
    return round(100.0 * float(parse(facts.disk_used)) / float(parse(facts.disk)), 3)
