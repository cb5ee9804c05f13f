"""What kube-state-metrics and the kubelet would tell Prometheus about the objects, sampled at each scrape."""

from __future__ import annotations

from collections.abc import Iterator

from sre_agent.lab.behaviour import frozen
from sre_agent.lab.behaviour.kubelet.process import running
from sre_agent.lab.behaviour.kubelet.usage import pod_usage
from sre_agent.lab.coupling import kube_nodes, kube_workloads
from sre_agent.lab.coupling.scraper import Sample, Scraper
from sre_agent.lab.kubernetes.quantities import parse
from sre_agent.lab.kubernetes.store import Obj
from sre_agent.lab.world import World

NAMESPACE = "prometheus"
PHASES = ("Pending", "Running", "Succeeded", "Failed", "Unknown")


def scraper() -> Scraper:
    """Tells everything that can be told about the cluster now, each time that it is asked to."""
    return Scraper(NAMESPACE, {"Pod": _pod, "Node": kube_nodes.node, **kube_workloads.FACTS}, {"Pod": _usage})


def _pod(pod: Obj) -> Iterator[Sample]:
    meta, status = pod["metadata"], pod.get("status") or {}
    labels = {"namespace": meta["namespace"], "pod": meta["name"]}
    yield _info(pod)
    for phase in PHASES:
        yield "kube_pod_status_phase", {**labels, "phase": phase}, float(status.get("phase") == phase)
    ready = any(c.get("type") == "Ready" and c.get("status") == "True" for c in status.get("conditions") or [])
    yield "kube_pod_status_ready", {**labels, "condition": "true"}, float(ready)
    for seen in status.get("containerStatuses") or []:
        yield from _container({**labels, "container": seen["name"]}, seen)
    for container in pod["spec"].get("containers") or []:
        yield from _resources({**labels, "container": container["name"]}, container.get("resources") or {})


def _info(pod: Obj) -> Sample:
    owner: Obj = next(iter(pod["metadata"].get("ownerReferences") or []), {})
    labels = {
        "namespace": pod["metadata"]["namespace"],
        "pod": pod["metadata"]["name"],
        "node": pod["spec"].get("nodeName", ""),
        "pod_ip": (pod.get("status") or {}).get("podIP", ""),
        "created_by_kind": owner.get("kind", "<none>"),
        "created_by_name": owner.get("name", "<none>"),
    }
    return "kube_pod_info", {name: value for name, value in labels.items() if value}, 1.0


def _resources(labels: dict[str, str], resources: Obj) -> Iterator[Sample]:
    for field in ("limits", "requests"):
        for resource, amount in (resources.get(field) or {}).items():
            unit = {"cpu": "core", "memory": "byte"}.get(resource, "integer")
            where = {**labels, "resource": resource.replace("-", "_"), "unit": unit}
            yield f"kube_pod_container_resource_{field}", where, float(parse(amount))


def _usage(world: World, pod: Obj) -> Iterator[Sample]:
    if not frozen.is_frozen(world, pod) and _is_scraped(world, pod):
        labels = {"namespace": pod["metadata"]["namespace"], "pod": pod["metadata"]["name"]}
        for name, (_, memory) in pod_usage(world, pod).items():
            where = {**labels, "container": name}
            yield "container_memory_working_set_bytes", where, float(memory)
            process = running(world).get((labels["namespace"], labels["pod"], name))
            if process is not None:
                yield "container_cpu_usage_seconds_total", where, round(process.cpu_seconds(world.clock.now()), 3)
                if process.cpu_limit is not None:
                    yield "container_cpu_cfs_throttled_seconds_total", where, round(process.held_back, 3)


def _is_scraped(world: World, pod: Obj) -> bool:
    """Whether the kubelet answers that knows of the pod; what it told before ends when it does not."""
    node = world.objects.get("Node", "", pod["spec"].get("nodeName", ""))
    return node is not None and kube_nodes.is_ready(node)


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
        code = float(ended.get("exitCode", 0))
        yield "kube_pod_container_status_last_terminated_exitcode", labels, code
