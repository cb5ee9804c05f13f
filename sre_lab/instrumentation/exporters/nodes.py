"""What kube-state-metrics tells of nodes."""

from __future__ import annotations

from collections.abc import Iterable

from sre_lab.instrumentation.exporters.metric_tables import (
    CREATED,
    KindMetrics,
    ObjectMetric,
    Row,
    Tell,
    at,
    conditions,
    field,
    name_labels,
    resource,
    text,
)
from sre_lab.kubernetes.quantities import parse
from sre_lab.objects.store import Obj

ROLE = "node-role.kubernetes.io/"
_INFO = {
    "kernel_version": "kernelVersion",
    "os_image": "osImage",
    "container_runtime_version": "containerRuntimeVersion",
    "kubelet_version": "kubeletVersion",
    "kubeproxy_version": "kubeProxyVersion",
    "system_uuid": "systemUUID",
}


def address(obj: Obj) -> str:
    """The internal address of a node; its name where none is known."""
    addresses = at(obj, ("status", "addresses")) or []
    return str(next((a["address"] for a in addresses if a.get("type") == "InternalIP"), obj["metadata"]["name"]))


def is_ready(obj: Obj) -> bool:
    conditions = at(obj, ("status", "conditions")) or []
    return any(c.get("type") == "Ready" and c.get("status") == "True" for c in conditions)


def _info(obj: Obj) -> Iterable[Row]:
    info, spec = at(obj, ("status", "nodeInfo")) or {}, obj.get("spec") or {}
    labels = {label: info.get(key, "") for label, key in _INFO.items()}
    labels |= {"provider_id": spec.get("providerID", ""), "pod_cidr": spec.get("podCIDR", "")}
    addresses = at(obj, ("status", "addresses")) or []
    labels["internal_ip"] = next((a["address"] for a in addresses if a.get("type") == "InternalIP"), "")
    return [({label: value for label, value in labels.items() if value}, 1.0)]


def _amounts(part: str) -> Tell:
    def tell(obj: Obj) -> Iterable[Row]:
        return [(resource(name), float(parse(amount))) for name, amount in (at(obj, ("status", part)) or {}).items()]

    return tell


def _taints(obj: Obj) -> Iterable[Row]:
    for taint in at(obj, ("spec", "taints")) or []:
        yield {"key": taint["key"], "value": text(taint.get("value")), "effect": taint.get("effect", "")}, 1.0


def _roles(obj: Obj) -> Iterable[Row]:
    for label in obj["metadata"].get("labels") or {}:
        if label.startswith(ROLE):
            yield {"role": label.removeprefix(ROLE)}, 1.0


NODES = KindMetrics(
    "Node",
    name_labels("node", namespaced=False),
    {
        "kube_node_info": ObjectMetric("Information about a cluster node.", _info),
        "kube_node_created": CREATED,
        "kube_node_role": ObjectMetric("The role of a cluster node.", _roles),
        "kube_node_spec_unschedulable": ObjectMetric(
            "Whether a node can schedule new pods.", field("spec", "unschedulable", unset=0)
        ),
        "kube_node_spec_taint": ObjectMetric("The taint of a cluster node.", _taints),
        "kube_node_status_condition": ObjectMetric("The condition of a cluster node.", conditions()),
        "kube_node_status_capacity": ObjectMetric(
            "The capacity for different resources of a node.", _amounts("capacity")
        ),
        "kube_node_status_allocatable": ObjectMetric(
            "The allocatable for different resources of a node that are available for scheduling.",
            _amounts("allocatable"),
        ),
    },
)
