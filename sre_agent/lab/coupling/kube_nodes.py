"""What kube-state-metrics tells about nodes, and whether their kubelets answer a scrape."""

from __future__ import annotations

from collections.abc import Iterator

from sre_agent.lab.coupling.scraper import Sample
from sre_agent.lab.kubernetes.quantities import parse
from sre_agent.lab.kubernetes.store import Obj

UNITS = {"cpu": "core", "memory": "byte", "ephemeral-storage": "byte"}


def node(obj: Obj) -> Iterator[Sample]:
    status, name = obj.get("status") or {}, obj["metadata"]["name"]
    info = status.get("nodeInfo") or {}
    yield "kube_node_info", {"node": name, "kubelet_version": info.get("kubeletVersion", "")}, 1.0
    yield "kube_node_spec_unschedulable", {"node": name}, float(bool((obj.get("spec") or {}).get("unschedulable")))
    for field in ("capacity", "allocatable"):
        for resource, amount in (status.get(field) or {}).items():
            labels = {"node": name, "resource": resource.replace("-", "_"), "unit": UNITS.get(resource, "integer")}
            yield f"kube_node_status_{field}", labels, float(parse(amount))
    for condition in status.get("conditions") or []:
        for told in ("true", "false", "unknown"):
            labels = {"node": name, "condition": condition["type"], "status": told}
            yield "kube_node_status_condition", labels, float(condition.get("status", "").lower() == told)
    yield "up", {"job": "kubelet", "instance": instance(obj), "node": name}, float(is_ready(obj))


def instance(obj: Obj) -> str:
    """Where the node's kubelet is scraped."""
    addresses = (obj.get("status") or {}).get("addresses") or []
    internal = next((a["address"] for a in addresses if a.get("type") == "InternalIP"), obj["metadata"]["name"])
    return f"{internal}:10250"


def is_ready(obj: Obj) -> bool:
    conditions = (obj.get("status") or {}).get("conditions") or []
    return any(c.get("type") == "Ready" and c.get("status") == "True" for c in conditions)
