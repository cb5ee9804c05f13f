"""What Kubernetes refuses or cannot place: quotas, limits, nodes, priorities, claims."""

from __future__ import annotations

from tests.rehearsal.live.calls import budget, no_taint, resources, restart, scale, selector, toleration, undo
from tests.rehearsal.live.draw import CHANGED, LiveDraw
from tests.rehearsal.live.family import BrokenNamespace, family


@family
def quota_of_cpu(draw: LiveDraw) -> BrokenNamespace:
    """It was scaled up, and a quota has no room for all of it."""
    victim, others = draw.app(replicas=2, cpu="200m"), draw.neighbours()
    big = max(others, key=lambda app: app.replicas)
    big.workload["spec"]["replicas"] = big.replicas = 4
    used = 400 + sum(100 * app.replicas for app in others)
    part = draw.rng.choice(("requests.cpu", "cpu"))
    draw.put("v1", "ResourceQuota", "team-share", spec={"hard": {part: f"{used + 100}m", "pods": "40"}})
    draw.patch("Deployment", victim.name, {"spec": {"replicas": 3}})
    return BrokenNamespace(
        victim,
        right=[resources(victim, cpu_request="100m"), scale(big, 3), scale(big, 2), scale(victim, 2)],
        useless=[restart(victim), scale(victim, 5), resources(victim, cpu_request="300m")],
        harmful=[scale(big, 0), *(scale(app, 0) for app in others)],
    )


@family
def quota_of_pods(draw: LiveDraw) -> BrokenNamespace:
    victim, others = draw.app(replicas=2), draw.neighbours()
    count = sum(app.replicas for app in draw.apps)
    draw.put("v1", "ResourceQuota", "pods", spec={"hard": {"pods": str(count + 1)}})
    draw.patch("Deployment", victim.name, {"spec": {"replicas": 5}})
    first = others[0]
    return BrokenNamespace(
        victim,
        right=[scale(victim, 3), scale(victim, 2)],
        useless=[restart(victim), scale(victim, 7), resources(victim, cpu_request="50m")],
        harmful=[scale(first, 0)],
    )


@family
def limit_range(draw: LiveDraw) -> BrokenNamespace:
    """Its new limit is above what the namespace admits."""
    victim, others = draw.app(), draw.neighbours()
    victim.replaced_at_once()
    neighbour = draw.rng.choice(others)
    neighbour.replaced_at_once()
    draw.put("v1", "LimitRange", "sizes", spec={"limits": [{"type": "Container", "max": {"memory": "512Mi"}}]})
    draw.patch_container(victim, {"resources": {"limits": {"memory": draw.rng.choice(("640Mi", "2Gi"))}}})
    before = victim.container["resources"]["limits"]["memory"]
    return BrokenNamespace(
        victim,
        right=[undo(victim), resources(victim, memory_limit=before), resources(victim, memory_limit="512Mi")],
        useless=[restart(victim), resources(victim, memory_limit="1Gi"), scale(victim, 1)],
        harmful=[resources(neighbour, memory_limit="1Gi"), scale(neighbour, 0)],
    )


@family
def node_label(draw: LiveDraw) -> BrokenNamespace:
    """It asks for a label that no node has."""
    victim, others = draw.app(), draw.neighbours()
    victim.replaced_at_once()
    neighbour = draw.rng.choice(others)
    neighbour.replaced_at_once()
    draw.cluster["node"] = {"worker-1": {"labels": {"disk": "ssd"}}}
    draw.patch_pod(victim, {"nodeSelector": {"disk": draw.rng.choice(("nvme", "fast", "SSD"))}})
    return BrokenNamespace(
        victim,
        right=[undo(victim), selector(victim, "disk"), selector(victim, "disk", "ssd")],
        useless=[restart(victim), selector(victim, "disk", "hdd"), scale(victim, 1)],
        harmful=[selector(neighbour, "disk", "nvme"), scale(neighbour, 0)],
    )


@family
def more_than_a_node(draw: LiveDraw) -> BrokenNamespace:
    """It requests more than any node has left."""
    victim, others = draw.app(), draw.neighbours()
    victim.replaced_at_once()
    neighbour = draw.rng.choice(others)
    neighbour.replaced_at_once()
    draw.patch_container(victim, {"resources": {"requests": {"cpu": draw.rng.choice(("5", "6500m", "12"))}}})
    return BrokenNamespace(
        victim,
        right=[undo(victim), resources(victim, cpu_request="100m"), resources(victim, cpu_request="300m")],
        useless=[restart(victim), resources(victim, cpu_request="4500m"), scale(victim, 1)],
        harmful=[resources(neighbour, cpu_request="9"), scale(neighbour, 0)],
    )


@family
def taint(draw: LiveDraw) -> BrokenNamespace:
    """All nodes are kept for those that tolerate it; it does so no more."""
    victim, others = draw.app(), draw.neighbours()
    reservation = {"key": "dedicated", "value": "web", "effect": "NoSchedule"}
    draw.cluster |= {"nodes": 2, "node": {name: {"taints": [reservation]} for name in ("worker-1", "worker-2")}}
    for app in draw.apps:
        app.replaced_at_once()
        app.pod["tolerations"] = [{**reservation, "operator": "Equal"}]
    draw.patch_pod(victim, {"tolerations": []})
    neighbour = draw.rng.choice(others)
    return BrokenNamespace(
        victim,
        right=[undo(victim), toleration(victim, "dedicated=web:NoSchedule")],
        useless=[restart(victim), toleration(victim, "dedicated=batch:NoSchedule"), scale(victim, 1)],
        harmful=[no_taint(neighbour, "dedicated=web:NoSchedule"), scale(neighbour, 0)],
    )


@family
def scaled_to_zero(draw: LiveDraw) -> BrokenNamespace:
    """Somebody scaled it to nothing; in some, what it had is taken by now."""
    victim, others = draw.app(), draw.neighbours()
    neighbour = draw.rng.choice(others)
    back = victim.replicas
    draw.patch("Deployment", victim.name, {"spec": {"replicas": 0}})
    full = draw.rng.random() < 0.4
    if full:
        hard = {"pods": str(sum(app.replicas for app in others))}
        draw.put("v1", "ResourceQuota", "pods", spec={"hard": {"pods": "60"}})
        draw.patch("ResourceQuota", "pods", {"spec": {"hard": hard}}, ago=300)
    heals, not_so = [scale(victim, back)], [restart(victim), resources(victim, cpu_request="50m")]
    return BrokenNamespace(
        victim,
        right=heals,
        useless=not_so,
        harmful=[scale(neighbour, 0), *([budget(neighbour, "90%")] if full else [])],
    )


@family
def priority(draw: LiveDraw) -> BrokenNamespace:
    """It was scaled to nothing, and others run where it ran, with a lower priority."""
    draw.cluster |= {"nodes": 2, "node_cpu": "4"}
    victim = draw.app(replicas=2, cpu="3")
    desk = draw.app(replicas=2, cpu=draw.rng.choice(("3", "2500m")))
    desk.workload["spec"]["replicas"] = 0
    draw.neighbours()
    meta = {"name": "front"}
    draw.others.append(
        {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": meta, "value": 100_000}
    )
    victim.pod["priorityClassName"] = "front"
    draw.patch("Deployment", victim.name, {"spec": {"replicas": 0}})
    draw.patch("Deployment", desk.name, {"spec": {"replicas": 2}}, ago=CHANGED - 60)
    return BrokenNamespace(
        victim,
        right=[scale(victim, 1)],
        useless=[restart(victim), resources(victim, memory_limit="300Mi")],
        harmful=[scale(victim, 2), scale(desk, 0)],
    )
