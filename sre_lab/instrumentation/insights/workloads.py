"""Counts: running pods by namespace and Service, replicas of workloads, nodes of the cluster."""

from __future__ import annotations

from collections import Counter

from sre_lab.instrumentation.insights.pods import SERVICE, WORKLOAD, PodSample
from sre_lab.instrumentation.insights.recorder import CLUSTER, InsightsRecorder, MetricDeclaration
from sre_lab.objects.store import Obj
from sre_lab.world import World

OF_NAMESPACE = (
    MetricDeclaration((("namespace_number_of_running_pods", "Count"),), (("Namespace", "ClusterName"), CLUSTER)),
)
OF_SERVICE = (MetricDeclaration((("service_number_of_running_pods", "Count"),), (SERVICE, CLUSTER)),)
OF_CLUSTER = (
    MetricDeclaration(
        tuple((f"cluster_{name}", "Count") for name in ("node_count", "failed_node_count", "number_of_running_pods")),
        (CLUSTER,),
    ),
)
REPLICAS = {
    "replicas_desired": ("spec", "replicas"),
    "replicas_ready": ("status", "readyReplicas"),
    "status_replicas_available": ("status", "availableReplicas"),
    "status_replicas_unavailable": ("status", "unavailableReplicas"),
}
OF_DEPLOYMENT = (MetricDeclaration(tuple((name, "Count") for name in REPLICAS), (WORKLOAD, CLUSTER)),)
DAEMONS = {
    "daemonset_status_number_available": ("status", "numberAvailable"),
    "daemonset_status_number_unavailable": ("status", "numberUnavailable"),
}
OF_DAEMONSET = (MetricDeclaration(tuple((name, "Count") for name in DAEMONS), (WORKLOAD, CLUSTER)),)
BAD = ("DiskPressure", "MemoryPressure", "PIDPressure", "NetworkUnavailable")


def report(world: World, recorder: InsightsRecorder, nodes: list[Obj], samples: list[PodSample]) -> None:
    running = [one for one in samples if one.values.get("pod_status_running")]
    namespaces = Counter(one.namespace for one in running)
    for namespace in sorted({one.namespace for one in samples}):
        numbers = {"namespace_number_of_running_pods": float(namespaces[namespace])}
        recorder.publish({"Namespace": namespace}, numbers, OF_NAMESPACE)
    behind = Counter((one.namespace, name) for one in running for name in one.services)
    for service in world.objects.all("Service"):
        key = (service["metadata"]["namespace"], service["metadata"]["name"])
        if service["spec"].get("selector"):
            where = {"Namespace": key[0], "Service": key[1]}
            recorder.publish(where, {"service_number_of_running_pods": float(behind[key])}, OF_SERVICE)
    _workloads(recorder, world.objects.all("Deployment"), REPLICAS, OF_DEPLOYMENT)
    _workloads(recorder, world.objects.all("DaemonSet"), DAEMONS, OF_DAEMONSET)
    counts = {
        "cluster_node_count": float(len(nodes)),
        "cluster_failed_node_count": float(sum(1 for node in nodes if not is_well(node))),
        "cluster_number_of_running_pods": float(len(running)),
    }
    recorder.publish({}, counts, OF_CLUSTER)


def is_well(node: Obj) -> bool:
    """Ready, and no condition that says otherwise."""
    conditions = {c.get("type"): c.get("status") for c in (node.get("status") or {}).get("conditions") or []}
    return conditions.get("Ready") == "True" and all(conditions.get(bad) != "True" for bad in BAD)


def _workloads(
    recorder: InsightsRecorder,
    objects: list[Obj],
    fields: dict[str, tuple[str, str]],
    declarations: tuple[MetricDeclaration, ...],
) -> None:
    for obj in objects:
        meta = obj["metadata"]
        values = {name: float((obj.get(part) or {}).get(field) or 0) for name, (part, field) in fields.items()}
        recorder.publish({"Namespace": meta["namespace"], "PodName": meta["name"]}, values, declarations)
