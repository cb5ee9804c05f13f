"""What others feel of a write, read from the twin's objects before and after it: who serves, which budgets hold, what
the quotas have left, and what keeps pods from running."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.quantities import amount
from sre_agent.rehearsal.capture import Obj
from sre_agent.rehearsal.programs import fails_by_itself, statuses
from sre_agent.rehearsal.twin import Twin

SERVING = ("Deployment", "StatefulSet", "DaemonSet")


@dataclass(frozen=True)
class NamespaceState:
    """Ready addresses by Service, ready pods by workload (kind, name), and the budgets that hold, by name."""

    serving: dict[str, int]
    ready: dict[tuple[str, str], int]
    budgets: frozenset[str]
    pods: frozenset[str]


def state_of(twin: Twin) -> NamespaceState:
    return NamespaceState(
        serving={o.name(ends): _addresses(ends) for ends in twin.objects("Endpoints")},
        ready={(kind, o.name(obj)): _ready(obj) for kind in SERVING for obj in twin.objects(kind)},
        budgets=frozenset(o.name(budget) for budget in twin.objects("PodDisruptionBudget") if _holds(budget)),
        pods=frozenset(str(o.meta(pod).get("uid")) for pod in twin.objects("Pod")),
    )


def harms(before: NamespaceState, after: NamespaceState) -> list[str]:
    """What served, or held, before the write and does not after it."""
    sentences = [
        f"Service {name} would have no ready endpoint"
        for name, count in before.serving.items()
        if count and not after.serving.get(name)
    ]
    sentences += [
        f"{kind} {name} would have no ready pod"
        for (kind, name), count in before.ready.items()
        if count and not after.ready.get((kind, name))
    ]
    broken = sorted(before.budgets - after.budgets)
    return sentences + [f"PodDisruptionBudget {name} would not be kept" for name in broken]


def quota_notes(twin: Twin) -> Iterator[str]:
    """How near the namespace is to each of its quotas, told of the part with the least left."""
    for quota in twin.objects("ResourceQuota"):
        status = o.status(quota)
        hard, used = status.get("hard") or {}, status.get("used") or {}
        shares = {part: _share(used.get(part), limit) for part, limit in hard.items()}
        if shares:
            part = max(shares, key=lambda name: shares[name])
            where = "stays below its limit" if shares[part] < 1 else "is used up"
            yield f"quota {o.name(quota)} {where} ({part} {used.get(part, 0)} of {hard[part]})"


def new_pods(twin: Twin, before: NamespaceState) -> list[Obj]:
    """Those that came since and are not on their way out."""
    pods = [pod for pod in twin.objects("Pod") if not o.meta(pod).get("deletionTimestamp")]
    return [pod for pod in pods if str(o.meta(pod).get("uid")) not in before.pods and not o.is_over(pod)]


def failing_programs(pods: Collection[Obj]) -> list[str]:
    """The names of containers that were started and are not well."""
    names = [
        str(status["name"])
        for pod in pods
        if not o.is_ready(pod)
        for status in statuses(pod)
        if fails_by_itself(status)
    ]
    return list(dict.fromkeys(names))


def blockers(twin: Twin, pods: Collection[Obj]) -> list[str]:
    """Why Kubernetes runs some of these pods not at all, or does not make them, in its own words."""
    words = [text for pod in pods if not o.is_ready(pod) for text in _held_by(twin, pod)]
    for kind in ("ReplicaSet", *SERVING):
        for obj in twin.objects(kind):
            refused = o.condition(obj, "ReplicaFailure")
            if refused.get("status") == "True":
                words.append(f"{kind} {o.name(obj)}: {refused.get('message', '')}")
    return list(dict.fromkeys(words))


def _held_by(twin: Twin, pod: Obj) -> Iterator[str]:
    scheduled = o.condition(pod, "PodScheduled")
    if scheduled.get("status") == "False":
        yield f"a pod is not scheduled: {scheduled.get('message', '')}"
    for status in statuses(pod):
        waiting = (status.get("state") or {}).get("waiting") or {}
        if waiting.get("message") and not fails_by_itself(status):
            yield f"container {status['name']} is not started: {waiting['message']}"
    for event in twin.objects("Event"):
        if o.involved(event) == ("Pod", o.name(pod)) and event.get("reason") == "FailedMount":
            yield f"a volume is not mounted: {event.get('message', '')}"


def _addresses(endpoints: Obj) -> int:
    return sum(len(subset.get("addresses") or []) for subset in endpoints.get("subsets") or [])


def _ready(workload: Obj) -> int:
    status = o.status(workload)
    return int(status.get("numberReady") or status.get("readyReplicas") or 0)


def _holds(budget: Obj) -> bool:
    status = o.status(budget)
    return bool(status.get("expectedPods")) and status.get("currentHealthy", 0) >= status.get("desiredHealthy", 0)


def _share(used: object, hard: object) -> float:
    limit = amount(hard)
    return float((amount(used) or 0) / limit) if limit else 0.0
