"""What kube-state-metrics and the kubelet would tell Prometheus about the objects, sampled at each scrape."""

from __future__ import annotations

from collections.abc import Iterator

from sre_agent.lab.behaviour import frozen
from sre_agent.lab.behaviour.kubelet.process import running
from sre_agent.lab.behaviour.kubelet.usage import pod_usage
from sre_agent.lab.coupling.scraper import Sample, Scraper
from sre_agent.lab.kubernetes.quantities import parse
from sre_agent.lab.kubernetes.store import Obj
from sre_agent.lab.world import World

NAMESPACE = "prometheus"
PHASES = ("Pending", "Running", "Succeeded", "Failed", "Unknown")


def scraper() -> Scraper:
    """Tells everything that can be told about the cluster now, each time that it is asked to."""
    return Scraper(NAMESPACE, {"Pod": _pod, "Deployment": _deployment, "Node": _node}, {"Pod": _usage})


def _pod(pod: Obj) -> Iterator[Sample]:
    meta, status = pod["metadata"], pod.get("status") or {}
    labels = {"namespace": meta["namespace"], "pod": meta["name"]}
    for phase in PHASES:
        yield "kube_pod_status_phase", {**labels, "phase": phase}, float(status.get("phase") == phase)
    ready = any(c.get("type") == "Ready" and c.get("status") == "True" for c in status.get("conditions") or [])
    yield "kube_pod_status_ready", {**labels, "condition": "true"}, float(ready)
    for seen in status.get("containerStatuses") or []:
        yield from _container({**labels, "container": seen["name"]}, seen)
    for container in pod["spec"].get("containers") or []:
        for resource, limit in ((container.get("resources") or {}).get("limits") or {}).items():
            unit = {"cpu": "core", "memory": "byte"}.get(resource, "integer")
            where = {**labels, "container": container["name"], "resource": resource, "unit": unit}
            yield "kube_pod_container_resource_limits", where, float(parse(limit))


def _usage(world: World, pod: Obj) -> Iterator[Sample]:
    if not frozen.is_frozen(world, pod):
        labels = {"namespace": pod["metadata"]["namespace"], "pod": pod["metadata"]["name"]}
        for name, (_, memory) in pod_usage(world, pod).items():
            where = {**labels, "container": name}
            yield "container_memory_working_set_bytes", where, float(memory)
            process = running(world).get((labels["namespace"], labels["pod"], name))
            if process is not None:
                yield "container_cpu_usage_seconds_total", where, round(process.cpu_seconds(world.clock.now()), 3)
                if process.cpu_limit is not None:
                    yield "container_cpu_cfs_throttled_seconds_total", where, round(process.held_back, 3)


def _container(labels: dict[str, str], seen: Obj) -> Iterator[Sample]:
    yield "kube_pod_container_status_restarts_total", labels, float(seen.get("restartCount", 0))
    yield "kube_pod_container_status_ready", labels, float(bool(seen.get("ready")))
    waiting = (seen.get("state") or {}).get("waiting")
    if waiting:
        yield "kube_pod_container_status_waiting_reason", {**labels, "reason": waiting.get("reason", "")}, 1.0
    ended = (seen.get("lastState") or {}).get("terminated")
    if ended:
        reason = ended.get("reason", "")
        yield "kube_pod_container_status_last_terminated_reason", {**labels, "reason": reason}, 1.0


def _deployment(deployment: Obj) -> Iterator[Sample]:
    meta, status = deployment["metadata"], deployment.get("status") or {}
    labels = {"namespace": meta["namespace"], "deployment": meta["name"]}
    yield "kube_deployment_spec_replicas", labels, float(deployment["spec"].get("replicas", 1))
    for name, field in (
        ("kube_deployment_status_replicas", "replicas"),
        ("kube_deployment_status_replicas_available", "availableReplicas"),
        ("kube_deployment_status_replicas_unavailable", "unavailableReplicas"),
        ("kube_deployment_status_replicas_updated", "updatedReplicas"),
    ):
        yield name, labels, float(status.get(field) or 0)


def _node(node: Obj) -> Iterator[Sample]:
    for condition in (node.get("status") or {}).get("conditions") or []:
        labels = {"node": node["metadata"]["name"], "condition": condition["type"], "status": "true"}
        yield "kube_node_status_condition", labels, float(condition.get("status") == "True")
