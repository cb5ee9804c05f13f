"""What became of a live namespace, read from its own world: who is ready, whom requests reach, which budgets hold.

Nothing of the product judges here, so that a rehearsal is compared with what happened and not with itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from sre_lab.instrumentation.network.routes import ServiceNetwork, ServiceTarget
from sre_lab.world import World
from tests.rehearsal.live.draw import LiveApp, LiveDraw, Obj
from tests.rehearsal.live.family import BrokenNamespace

OUTSIDE = ""
PATIENCE = 1000.0  # milliseconds of one request


@dataclass(frozen=True)
class LiveState:
    """`ready` pods by workload, and those that are `whole`: as many ready as it wants; (caller, Service) of each way on
    which every request arrives; budgets that hold."""

    ready: dict[str, int]
    whole: frozenset[str]
    ways: frozenset[tuple[str, str]]
    budgets: frozenset[str]


def live_state(world: World, draw: LiveDraw) -> LiveState:
    return LiveState(
        ready={app.name: _ready(world, app)[0] for app in draw.apps},
        whole=frozenset(app.name for app in draw.apps if len({*_ready(world, app)}) == 1),
        ways=frozenset(_ways(world, draw)),
        budgets=frozenset(
            budget["metadata"]["name"]
            for budget in world.objects.all("PodDisruptionBudget", draw.namespace)
            if (status := budget.get("status") or {}).get("expectedPods")
            and status.get("currentHealthy", 0) >= status.get("desiredHealthy", 0)
        ),
    )


def is_healed(world: World, draw: LiveDraw, broken_namespace: BrokenNamespace) -> bool:
    """All wanted pods of it are of the newest template and available, and whoever needs its Service reaches it."""
    workload = world.objects.get("Deployment", draw.namespace, broken_namespace.victim.name)
    assert workload is not None
    status, replicas = workload.get("status") or {}, workload["spec"].get("replicas", 1)
    counts = {status.get(name, 0) for name in ("availableReplicas", "updatedReplicas", "replicas")}
    names = [app.name for app in broken_namespace.callers] or [OUTSIDE]
    ways = set(_ways(world, draw))
    return (
        bool(replicas) and counts == {replicas} and all((name, broken_namespace.victim.name) in ways for name in names)
    )


def losses(before: LiveState, after: LiveState) -> list[str]:
    """What others had before and have no more; of a caller without pods only that it has none. Where the one in trouble
    had some pods or requests left, that it has none is a loss too."""
    down = [name for name, count in before.ready.items() if count and not after.ready[name]]
    lost_ways = [way for way in before.ways - after.ways if way[0] not in down]
    return [
        *(f"{name} has no ready pod" for name in down),
        *(f"{name} has fewer pods than it wants" for name in sorted(before.whole - after.whole)),
        *(f"{caller or 'outside'} does not reach {service}" for caller, service in sorted(lost_ways)),
        *(f"budget {name} does not hold" for name in sorted(before.budgets - after.budgets)),
    ]


def _ready(world: World, app: LiveApp) -> tuple[int, int]:
    """Of how many it wants."""
    workload = world.objects.get("Deployment", app.namespace, app.name) or {"spec": {}}
    return int((workload.get("status") or {}).get("readyReplicas", 0)), int(workload["spec"].get("replicas", 1))


def _ways(world: World, draw: LiveDraw) -> list[tuple[str, str]]:
    network = ServiceNetwork(world)
    pods: dict[str, Obj | None] = {OUTSIDE: None}
    for pod in world.objects.all("Pod", draw.namespace):
        conditions = {c["type"]: c["status"] for c in (pod.get("status") or {}).get("conditions") or []}
        if conditions.get("Ready") == "True" and not pod["metadata"].get("deletionTimestamp"):
            pods[pod["metadata"]["labels"]["app"]] = pod
    return [
        (caller, app.name)
        for caller, pod in pods.items()
        for app in draw.apps
        if not network.route(pod, ServiceTarget(draw.namespace, app.name), PATIENCE).failures
    ]
