"""How far a write to a workload reaches: its pods, who sends to them, what guards or steers them.

What may not be read is said to be unknown; the rest is told all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mcp_servers.contract.facts import Coverage
from mcp_servers.kubernetes.connection.client import Obj
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.ownership import owned_objects, owns, selects
from mcp_servers.kubernetes.writes.namespace_context import NamespaceContext


@dataclass
class WorkloadSurroundings:
    """What stands around a workload. A list that is None could not be read."""

    pods: list[Obj] | None = None
    services: list[str] | None = None
    budgets: list[str] | None = None
    scalers: list[Obj] | None = None
    backends: list[Obj] | None = None  # all pods that its Services send to, also of other workloads
    coverage: list[Coverage] = field(default_factory=list)


def around(beside: NamespaceContext, workload: Obj) -> WorkloadSurroundings:
    """Its own pods that run, Services and PodDisruptionBudgets by labels, HorizontalPodAutoscalers by name."""
    labels = o.labels(o.template(workload))
    list_ = beside.list

    def selects_it(item: Obj) -> bool:
        selector = item["spec"].get("selector") or {}
        return bool(selector) and all(labels.get(key) == value for key, value in selector.items())

    def steers_it(item: Obj) -> bool:
        aim = item["spec"]["scaleTargetRef"]
        return bool(aim.get("kind") == workload["kind"] and aim.get("name") == workload["metadata"]["name"])

    pods = _pods(beside, workload)
    services = list_("/api/v1", "services", selects_it)
    budgets = list_("/apis/policy/v1", "poddisruptionbudgets", lambda b: selects(b["spec"].get("selector"), labels))
    scalers = list_("/apis/autoscaling/v2", "horizontalpodautoscalers", steers_it)
    return WorkloadSurroundings(
        pods=pods,
        backends=_backends(beside, services),
        services=None if services is None else [s["metadata"]["name"] for s in services],
        budgets=None if budgets is None else [_budget(b) for b in budgets],
        scalers=scalers,
        coverage=beside.coverage,
    )


def replacing(workload: Obj, near: WorkloadSurroundings, *, stays: str = "", requests_change: bool = False) -> str:
    """The sentence for a new pod template. Pods of the ReplicaSet with uid `stays` are of it already."""
    if near.pods is None:
        count = f"the pods (desired: {desired_replicas(workload)})"
    else:
        going = replaced_pods(near.pods, stays)
        count = count_of(len(going), "pod") + (f" of {len(near.pods)}" if len(going) < len(near.pods) else "")
    parts = [f"Replaces {count} of {_label(workload)} ({pace(workload)})", *_traffic(near), *_guards(near)]
    for scaler in near.scalers or []:
        which = f"HorizontalPodAutoscaler {scaler['metadata']['name']}"
        effect = "measures usage against the requests, which change" if requests_change else "keeps setting replicas"
        parts.append(f"{which} {effect}")
    return "; ".join(parts) + "."


def scaling(workload: Obj, near: WorkloadSurroundings, before: int, after: int) -> str:
    """The sentence for another number of replicas."""
    change = (
        f"Adds {count_of(after - before, 'pod')} to"
        if after > before
        else f"Removes {count_of(before - after, 'pod')} from"
    )
    parts = [f"{change} {_label(workload)} ({before} -> {after})", *_traffic(near, removed=after == 0), *_guards(near)]
    for scaler in near.scalers or []:
        low, high = scaler["spec"].get("minReplicas", 1), scaler["spec"].get("maxReplicas")
        parts.append(
            f"HorizontalPodAutoscaler {scaler['metadata']['name']} ({low} to {high} replicas) will change that "
            "number again"
            if after
            else f"HorizontalPodAutoscaler {scaler['metadata']['name']} is inactive at 0 replicas"
        )
    return "; ".join(parts) + "."


def replaced_pods(pods: list[Obj], stays: str = "") -> list[Obj]:
    """Those that a new pod template replaces: all that are not of the ReplicaSet with uid `stays`."""
    return [pod for pod in pods if not stays or o.controller(pod).get("uid") != stays]


def pace(workload: Obj) -> str:
    """How the workload's controller replaces its pods."""
    spec = workload["spec"]
    strategy = spec.get("strategy") or spec.get("updateStrategy") or {}
    kind, rolling = strategy.get("type", "RollingUpdate"), strategy.get("rollingUpdate") or {}
    if spec.get("paused"):
        return "paused: no pod is replaced until it is resumed"
    if kind == "OnDelete":
        return "OnDelete: a pod is replaced only when somebody deletes it"
    if kind == "Recreate":
        return "Recreate: all stop before new ones start"
    if workload["kind"] == "StatefulSet":
        first = rolling.get("partition") or 0
        return "RollingUpdate, one at a time" + (f", only ordinals {first} and up" if first else "")
    return ", ".join(
        [kind, *(f"{limit} {rolling[limit]}" for limit in ("maxSurge", "maxUnavailable") if limit in rolling)]
    )


def desired_replicas(workload: Obj) -> int:
    """How many pods it is to have."""
    if workload["kind"] == "DaemonSet":
        return int((workload.get("status") or {}).get("desiredNumberScheduled") or 0)
    replicas = workload["spec"].get("replicas")
    return 1 if replicas is None else int(replicas)


def count_of(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _traffic(near: WorkloadSurroundings, *, removed: bool = False) -> list[str]:
    if near.services is None:
        return ["the Services that send traffic to them could not be read"]
    if not near.services:
        return ["no Service sends traffic to them"]
    names = f"{'Service' if len(near.services) == 1 else 'Services'} {', '.join(near.services)}"
    if removed:
        return [f"{names} will have no pods to send traffic to"]
    return [f"{names} {'sends' if len(near.services) == 1 else 'send'} traffic to them"]


def _guards(near: WorkloadSurroundings) -> list[str]:
    return [
        f"PodDisruptionBudget {sentence} covers them, but rollouts and scaling ignore it"
        for sentence in near.budgets or []
    ]


def _budget(budget: Obj) -> str:
    limits = [f"{key} {budget['spec'][key]}" for key in ("minAvailable", "maxUnavailable") if key in budget["spec"]]
    return f"{budget['metadata']['name']} ({', '.join(limits)})"


def _label(workload: Obj) -> str:
    meta = workload["metadata"]
    return f"{workload['kind']} {meta['name']} in namespace {meta['namespace']}"


def _pods(beside: NamespaceContext, workload: Obj) -> list[Obj] | None:
    """The running pods that the workload made; None where they, or the ReplicaSets between, could not be read."""
    makers: list[Obj] | None = [workload]
    if workload["kind"] == "Deployment":
        makers = beside.list("/apis/apps/v1", "replicasets", lambda rs: owns(workload, rs))
    if workload["kind"] == "CronJob":
        makers = beside.list("/apis/batch/v1", "jobs", lambda job: owns(workload, job))
    pods = beside.list("/api/v1", "pods", _runs)
    if pods is None or makers is None:
        return None
    return [pod for maker in makers for pod in owned_objects(maker, pods)]


def _backends(beside: NamespaceContext, services: list[Obj] | None) -> list[Obj] | None:
    selectors = [service["spec"]["selector"] for service in services or []]
    return beside.list("/api/v1", "pods", lambda p: _runs(p) and any(o.matches(s, o.labels(p)) for s in selectors))


def _runs(pod: Obj) -> bool:
    return (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed")
