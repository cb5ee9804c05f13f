"""Pods and their containers: usage against the node and their limits, restarts, and what state they are in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sre_lab.behaviour.kubelet.process import running_processes
from sre_lab.behaviour.kubelet.usage import pod_usage
from sre_lab.instrumentation.insights.owners import workload
from sre_lab.instrumentation.insights.recorder import CLUSTER, InsightsRecorder, MetricDeclaration
from sre_lab.kubernetes.quantities import parse
from sre_lab.kubernetes.selectors import matches
from sre_lab.objects.store import Obj
from sre_lab.world import World

WORKLOAD = ("PodName", "Namespace", "ClusterName")
SERVICE = ("Service", "Namespace", "ClusterName")
SINGLE = ("FullPodName", "PodName", "Namespace", "ClusterName")
WAITING = {
    "CrashLoopBackOff": "crash_loop_back_off",
    "ErrImagePull": "image_pull_error",
    "ImagePullBackOff": "image_pull_error",
    "InvalidImageName": "image_pull_error",
    "RunContainerError": "start_error",
    "CreateContainerError": "create_container_error",
    "CreateContainerConfigError": "create_container_config_error",
}
PHASES = ("running", "pending", "failed", "succeeded", "unknown")
REQUEST_BYTES, ANSWER_BYTES, IDLE_BYTES = 900.0, 2600.0, 140.0  # on the wire, each request and each idle second


def _counts(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"pod_{name}", "Count") for name in names)


USAGE = MetricDeclaration(
    (
        ("pod_cpu_utilization", "Percent"),
        ("pod_memory_utilization", "Percent"),
        ("pod_network_rx_bytes", "Bytes/Second"),
        ("pod_network_tx_bytes", "Bytes/Second"),
        ("pod_cpu_utilization_over_pod_limit", "Percent"),
        ("pod_memory_utilization_over_pod_limit", "Percent"),
    ),
    (WORKLOAD, CLUSTER, SERVICE, ("Namespace", "ClusterName"), SINGLE),
)
STATE = MetricDeclaration(
    (
        ("pod_cpu_reserved_capacity", "Percent"),
        ("pod_memory_reserved_capacity", "Percent"),
        *_counts("number_of_container_restarts", "number_of_containers", "number_of_running_containers"),
        *_counts("status_ready", "status_scheduled", *(f"status_{phase}" for phase in PHASES)),
        *_counts("container_status_running", "container_status_terminated", "container_status_waiting"),
        *_counts(*(f"container_status_waiting_reason_{word}" for word in dict.fromkeys(WAITING.values()))),
        *_counts("container_status_terminated_reason_oom_killed"),
    ),
    (WORKLOAD, CLUSTER, SINGLE, SERVICE),
)
CONTAINER = MetricDeclaration(
    tuple(
        (f"container_{name}", "Percent")
        for name in (
            "cpu_utilization",
            "cpu_utilization_over_container_limit",
            "memory_utilization",
            "memory_utilization_over_container_limit",
        )
    ),
    (
        CLUSTER,
        ("ContainerName", "FullPodName", "PodName", "Namespace", "ClusterName"),
        ("ContainerName", "PodName", "Namespace", "ClusterName"),
    ),
)
OF_ALL = (
    MetricDeclaration(USAGE.metrics, USAGE.dimensions[:-1]),
    MetricDeclaration(STATE.metrics, (WORKLOAD, CLUSTER, SERVICE)),
)
OF_EACH = (USAGE, STATE)


@dataclass(frozen=True)
class PodSample:
    """One pod as the agent saw it. `usage` is by container (cores, bytes), `room` what its node has of both, `rate`
    the requests per second that it answers; without a node nothing runs."""

    pod: Obj
    node: Obj | None
    services: list[str]
    usage: dict[str, tuple[float, float]]
    room: tuple[float, float]
    rate: float
    values: dict[str, float]

    @property
    def namespace(self) -> str:
        return str(self.pod["metadata"]["namespace"])


class ServiceSelectors:
    """Which Services select a pod, at one look."""

    def __init__(self, world: World) -> None:
        self._selectors: dict[str, list[tuple[str, Obj]]] = {}
        for service in world.objects.all("Service"):
            if selector := service["spec"].get("selector"):
                meta = service["metadata"]
                self._selectors.setdefault(meta["namespace"], []).append((meta["name"], {"matchLabels": selector}))
        self._known: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}

    def of(self, pod: Obj) -> list[str]:
        namespace, labels = pod["metadata"]["namespace"], pod["metadata"].get("labels") or {}
        key = (namespace, tuple(labels.items()))
        if key not in self._known:
            here = self._selectors.get(namespace, [])
            self._known[key] = [name for name, selector in here if matches(selector, labels)]
        return self._known[key]


def look(world: World, pod: Obj, node: Obj | None, services: list[str], before: PodSample | None) -> PodSample:
    """What the pod does now; `before` is what was seen of it at the last look."""
    usage = {name: (used[0] / 1e9, float(used[1])) for name, used in pod_usage(world, pod).items()} if node else {}
    room = (capacity(node, "cpu"), capacity(node, "memory")) if node is not None else (0.0, 0.0)
    rate = _requests(world, pod, usage)
    if before is not None and before.pod is pod and (before.usage, before.room, before.rate) == (usage, room, rate):
        return replace(before, node=node, services=services)
    values = dict(_state(pod))
    if node is not None:
        values.update(_usage(pod, room, usage))
        values["pod_network_rx_bytes"] = round(IDLE_BYTES + rate * REQUEST_BYTES, 3)
        values["pod_network_tx_bytes"] = round(IDLE_BYTES + rate * ANSWER_BYTES, 3)
    return PodSample(pod, node, services, usage, room, rate, values)


def report(recorder: InsightsRecorder, samples: list[PodSample], *, single: bool) -> None:
    """Publish all pods; with `single` each has series and records of its own too."""
    alike: dict[tuple[object, ...], tuple[dict[str, str], PodSample, int]] = {}
    for one in samples:
        where = {"Namespace": one.namespace, "PodName": workload(one.pod)[1]}
        if one.services:
            where["Service"] = one.services[0]
        if not single:
            key = (*where.values(), *one.values.items())
            alike[key] = (where, one, alike[key][2] + 1 if key in alike else 1)
            continue
        where["FullPodName"] = one.pod["metadata"]["name"]
        recorder.publish(where, one.values, OF_EACH)
        if one.node is not None:
            recorder.record("Pod", one.node["metadata"]["name"], _record(one, where) | one.values, OF_EACH)
            _containers(recorder, one, where)
    for where, one, number in alike.values():
        recorder.publish(where, one.values, OF_ALL, number)


def _containers(recorder: InsightsRecorder, one: PodSample, where: dict[str, str]) -> None:
    node = one.node or {}
    for container in one.pod["spec"]["containers"]:
        if container["name"] not in one.usage:
            continue
        cores, memory = one.usage[container["name"]]
        limits = (container.get("resources") or {}).get("limits") or {}
        shares = {
            "container_cpu_utilization": _percent(cores, capacity(node, "cpu")),
            "container_memory_utilization": _percent(memory, capacity(node, "memory")),
            "container_cpu_utilization_over_container_limit": _percent(cores, float(parse(limits.get("cpu", 0)))),
            "container_memory_utilization_over_container_limit": _percent(
                memory, float(parse(limits.get("memory", 0)))
            ),
        }
        values = {name: share for name, share in shares.items() if share is not None}
        here = {**where, "ContainerName": container["name"]}
        recorder.publish(here, values, (CONTAINER,))
        fields = _record(one, here)
        fields["kubernetes"] = fields["kubernetes"] | {"container_name": container["name"]}
        fields["container_memory_working_set"] = memory
        recorder.record("Container", node["metadata"]["name"], fields | values, (CONTAINER,))


def _record(one: PodSample, where: dict[str, str]) -> dict[str, Any]:
    meta, node = one.pod["metadata"], one.node or {"metadata": {}}
    kind, name = workload(one.pod)
    about = {
        "host": node["metadata"].get("name", ""),
        "labels": meta.get("labels") or {},
        "namespace_name": meta["namespace"],
        "pod_id": meta["uid"],
        "pod_name": meta["name"],
        "pod_owners": [{"owner_kind": kind, "owner_name": name}],
        **({"service_name": one.services[0]} if one.services else {}),
    }
    machine = {"InstanceId": instance(node), "NodeName": node["metadata"].get("name", "")}
    used = sum(memory for _, memory in one.usage.values())
    cores = sum(cores for cores, _ in one.usage.values())
    extra = {"pod_status": (one.pod.get("status") or {}).get("phase", ""), "pod_memory_working_set": used}
    return {**where, **machine, "kubernetes": about, **extra, "pod_cpu_usage_total": round(cores * 1000, 3)}


def _state(pod: Obj) -> Iterator[tuple[str, float]]:
    status = pod.get("status") or {}
    containers = status.get("containerStatuses") or []
    yield "pod_number_of_container_restarts", float(sum(c.get("restartCount", 0) for c in containers))
    yield "pod_number_of_containers", float(len(pod["spec"]["containers"]))
    conditions = {c["type"]: c["status"] == "True" for c in status.get("conditions") or []}
    yield "pod_status_ready", float(conditions.get("Ready", False))
    yield "pod_status_scheduled", float(conditions.get("PodScheduled", False))
    for phase in PHASES:
        yield f"pod_status_{phase}", float(status.get("phase", "").lower() == phase)
    states = [next(iter(c.get("state") or {"waiting": {}})) for c in containers]
    for state in ("running", "terminated", "waiting"):
        yield f"pod_container_status_{state}", float(states.count(state))
    yield "pod_number_of_running_containers", float(states.count("running"))
    reasons = [((c.get("state") or {}).get("waiting") or {}).get("reason", "") for c in containers]
    for word in {WAITING[r] for r in reasons if r in WAITING}:
        number = sum(1 for r in reasons if WAITING.get(r) == word)
        yield f"pod_container_status_waiting_reason_{word}", float(number)
    ends = [((c.get("lastState") or {}).get("terminated") or {}).get("reason") for c in containers]
    if kills := ends.count("OOMKilled"):
        yield "pod_container_status_terminated_reason_oom_killed", float(kills)


def _usage(pod: Obj, room: tuple[float, float], usage: dict[str, tuple[float, float]]) -> dict[str, float]:
    cores, memory = sum(used[0] for used in usage.values()), sum(used[1] for used in usage.values())
    shares = {
        "pod_cpu_utilization": _percent(cores, room[0]),
        "pod_memory_utilization": _percent(memory, room[1]),
        "pod_cpu_utilization_over_pod_limit": _percent(cores, _sum(pod, "limits", "cpu")),
        "pod_memory_utilization_over_pod_limit": _percent(memory, _sum(pod, "limits", "memory")),
        "pod_cpu_reserved_capacity": _percent(_sum(pod, "requests", "cpu", some=True), room[0]),
        "pod_memory_reserved_capacity": _percent(_sum(pod, "requests", "memory", some=True), room[1]),
    }
    return {name: share for name, share in shares.items() if share is not None}


def capacity(node: Obj, resource: str) -> float:
    return float(parse(((node.get("status") or {}).get("capacity") or {}).get(resource, 0)))


def instance(node: Obj) -> str:
    """The EC2 instance id of a node; its name where it is no instance."""
    provider = (node.get("spec") or {}).get("providerID", "")
    return str(provider.rpartition("/")[2] or node["metadata"].get("name", ""))


def _sum(pod: Obj, part: str, resource: str, *, some: bool = False) -> float:
    """Over the containers; a limit of the pod exists only where every container has one."""
    quantities = [((c.get("resources") or {}).get(part) or {}).get(resource) for c in pod["spec"]["containers"]]
    return (
        float(sum(parse(s) for s in quantities if s is not None))
        if some or all(s is not None for s in quantities)
        else 0.0
    )


def _requests(world: World, pod: Obj, usage: dict[str, tuple[float, float]]) -> float:
    processes, meta = running_processes(world), pod["metadata"]
    candidates = (processes.get((meta["namespace"], meta["name"], name)) for name in usage)
    return sum(process.rate for process in candidates if process is not None)


def _percent(used: float, whole: float) -> float | None:
    return round(100.0 * used / whole, 3) if whole else None
