"""What others feel of a write, read from the twin's objects before and after it: who serves, which budgets hold, what
the quotas have left, and what keeps pods from running."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.quantities import amount
from sre_agent.rehearsal.capture import Obj
from sre_agent.rehearsal.programs import fails_by_itself, statuses
from sre_agent.rehearsal.twin import Twin

CONDITION: Final = "node.kubernetes.io/"
CORDON: Final = "node.kubernetes.io/unschedulable"
MOST_WAYS: Final = 2_500
SERVING: Final = ("Deployment", "StatefulSet", "DaemonSet")


@dataclass(frozen=True)
class NamespaceState:
    """By Service the workloads that it sends to, and whether to a port that they declare; ready pods by workload (kind,
    name); the budgets that hold, by name; the uids of pods; what is refused its pods; how many pods run in each other
    namespace; and where NetworkPolicies stand, the (workload, Service) on whose way every connection arrives."""

    backends: dict[str, frozenset[str]]
    off_port: frozenset[str]
    ready: dict[tuple[str, str], int]
    budgets: frozenset[str]
    pods: frozenset[str]
    refused: frozenset[tuple[str, str]]
    elsewhere: Counter[str]
    ways: frozenset[tuple[str, str]]


def state_of(twin: Twin) -> NamespaceState:
    pods = {o.name(pod): pod for pod in twin.objects("Pod")}
    pods_of = {o.name(ends): _ready_pods(ends, pods) for ends in twin.objects("Endpoints")}
    return NamespaceState(
        backends={name: frozenset(_workload(pod) for pod in ready) for name, ready in pods_of.items()},
        off_port=frozenset(o.name(s) for s in twin.objects("Service") if _is_off_port(s, pods_of.get(o.name(s), []))),
        ready={(kind, o.name(obj)): _ready(obj) for kind in SERVING for obj in twin.objects(kind)},
        budgets=frozenset(o.name(budget) for budget in twin.objects("PodDisruptionBudget") if _holds(budget)),
        pods=frozenset(str(o.meta(pod).get("uid")) for pod in pods.values()),
        refused=frozenset(key for key, _ in _refusals(twin)),
        elsewhere=Counter(twin.namespaces_of_other_pods()),
        ways=frozenset(_ways(twin)),
    )


def harms(before: NamespaceState, after: NamespaceState, *, but: str) -> list[str]:
    """What served, or held, before the write and does not after it. Where the one called `but` sends is what the write
    may be for."""
    sentences: list[str] = []
    for name, workloads in before.backends.items():
        now = after.backends.get(name, frozenset())
        if workloads and not now:
            sentences.append(f"Service {name} would have no ready endpoint")
        elif workloads and name != but and not workloads & now:
            sentences.append(f"Service {name} would send to {', '.join(sorted(now))} alone")
    sentences += [
        f"Service {name} would send to a port that its pods do not declare"
        for name in sorted(after.off_port - before.off_port)
        if before.backends.get(name)
    ]
    sentences += [
        f"{kind} {name} would have no ready pod"
        for (kind, name), count in before.ready.items()
        if count and not after.ready.get((kind, name))
    ]
    callers = {caller for caller, _ in after.ways}
    sentences += [
        f"{caller} would be cut off from Service {name} by a NetworkPolicy"
        for caller, name in sorted(before.ways - after.ways)
        if caller in callers and after.backends.get(name) and name not in after.off_port
    ]
    sentences += [
        f"{count - after.elsewhere[place]} of {count} pods of namespace {place} would be gone"
        for place, count in before.elsewhere.items()
        if after.elsewhere[place] < count
    ]
    budgets = sorted(before.budgets - after.budgets)
    return sentences + [f"PodDisruptionBudget {name} would not be kept" for name in budgets]


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


def blockers(twin: Twin, pods: Collection[Obj], before: NamespaceState) -> list[str]:
    """Why Kubernetes runs some of these pods not at all, or makes some no more, in its own words."""
    words = [text for pod in pods if not o.is_ready(pod) for text in _held_by(twin, pod)]
    words += [f"{key[0]} {key[1]}: {text}" for key, text in _refusals(twin) if key not in before.refused]
    return list(dict.fromkeys(words))


def impaired_nodes(twin: Twin, pods: Collection[Obj]) -> list[str]:
    """The nodes that take no pod for a condition of theirs, where one of these pods waits for a node."""
    if all(o.condition(pod, "PodScheduled").get("status") != "False" for pod in pods):
        return []
    return [
        o.name(node)
        for node in twin.shared_objects("Node")
        if any(str(taint["key"]).startswith(CONDITION) for taint in o.spec(node).get("taints") or [] if _is_own(taint))
    ]


def _is_own(taint: Obj) -> bool:
    """Of the node's state; a cordon is somebody's wish."""
    return bool(taint["key"] != CORDON)


def _ways(twin: Twin) -> Iterator[tuple[str, str]]:
    """Of one ready pod of each workload; nothing where no policy stands, or where there are too many to try."""
    callers = {_workload(pod): pod for pod in twin.objects("Pod") if o.is_ready(pod)}
    services = [o.name(service) for service in twin.objects("Service")]
    if not twin.objects("NetworkPolicy") or len(callers) * len(services) > MOST_WAYS:
        return
    for caller, pod in callers.items():
        yield from ((caller, service) for service in services if twin.reaches(pod, service))


def _refusals(twin: Twin) -> Iterator[tuple[tuple[str, str], str]]:
    """What is refused its pods, as (kind, name), and why."""
    for kind in ("ReplicaSet", *SERVING):
        for obj in twin.objects(kind):
            refusal = o.condition(obj, "ReplicaFailure")
            if refusal.get("status") == "True":
                yield (kind, o.name(obj)), str(refusal.get("message", ""))


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


def _ready_pods(endpoints: Obj, pods: Mapping[str, Obj]) -> list[Obj]:
    """The pods behind its ready addresses."""
    addresses = [one for subset in endpoints.get("subsets") or [] for one in subset.get("addresses") or []]
    names = [str((address.get("targetRef") or {}).get("name", "")) for address in addresses]
    return [pods[name] for name in names if name in pods]


def _workload(pod: Obj) -> str:
    """The name of what the pod belongs to, its ReplicaSet taken for the Deployment."""
    kind, name, _ = o.owner(pod)
    return name.rpartition("-")[0] if kind == "ReplicaSet" else name or o.name(pod)


def _is_off_port(service: Obj, pods: Collection[Obj]) -> bool:
    """Whether it sends to a number that none of its pods declares, although they declare ports."""
    ports = {p.get("containerPort") for pod in pods for _, c in o.containers(pod) for p in c.get("ports") or []}
    targets = {p.get("targetPort", p.get("port")) for p in o.spec(service).get("ports") or []}
    return bool(ports) and any(isinstance(target, int) and target not in ports for target in targets)


def _ready(workload: Obj) -> int:
    status = o.status(workload)
    return int(status.get("numberReady") or status.get("readyReplicas") or 0)


def _holds(budget: Obj) -> bool:
    status = o.status(budget)
    return bool(status.get("expectedPods")) and status.get("currentHealthy", 0) >= status.get("desiredHealthy", 0)


def _share(used: object, hard: object) -> float:
    limit = amount(hard)
    return float((amount(used) or 0) / limit) if limit else 0.0
