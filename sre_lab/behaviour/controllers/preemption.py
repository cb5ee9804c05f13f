"""Making room for a pod by removing less important ones: where that is possible, and at the least cost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sre_lab.behaviour.controllers.hosts import Host
from sre_lab.behaviour.controllers.node_fit import NodeRejection, rejection
from sre_lab.behaviour.events import record
from sre_lab.clock import from_rfc3339
from sre_lab.kubernetes import deletion, disruptions
from sre_lab.kubernetes.budgets import budget_state
from sre_lab.kubernetes.selectors import matches
from sre_lab.objects.store import Obj
from sre_lab.world import World

NOT_HELPFUL = "Preemption is not helpful for scheduling"
NO_VICTIMS = "No preemption victims found for incoming pod"
BY_POLICY = "not eligible due to preemptionPolicy=Never."
UNDER_WAY = "not eligible due to a terminating pod on the nominated node."


@dataclass(frozen=True)
class PreemptionPlan:
    """The pods to remove from one node. `budget_violations` of them are protected by a budget that allows no more."""

    host: Host
    victims: list[Obj]
    budget_violations: int

    def cost(self) -> tuple[object, ...]:
        """Budgets first, then the most important victim, their sum, their number, and who has run the shortest."""
        priorities = [priority(victim) for victim in self.victims]
        started = min(_start_time(victim) for victim in self.victims if priority(victim) == max(priorities))
        return self.budget_violations, max(priorities), sum(priorities), len(priorities), -started, self.host.name


def find(
    world: World, pod: Obj, hosts: dict[str, Host], refusals: dict[str, NodeRejection]
) -> PreemptionPlan | Counter[str] | str:
    """The cheapest plan; or why there is none, as a sentence, or as reasons with the number of their nodes."""
    if pod["spec"].get("preemptionPolicy") == "Never":
        return BY_POLICY
    nominated_host = hosts.get((pod.get("status") or {}).get("nominatedNodeName") or "")
    if nominated_host is not None and any(_is_leaving_for(pod, other) for other in nominated_host.pods.values()):
        return UNDER_WAY
    plans: list[PreemptionPlan] = []
    reasons: Counter[str] = Counter()
    for name, host in hosts.items():
        if not refusals[name].curable:
            reasons[NOT_HELPFUL] += 1
            continue
        lower = [p for _, p in sorted(host.pods.items()) if priority(p) < priority(pod)]
        left = rejection(pod, host.without(lower)) if lower else None
        if not lower:
            reasons[NO_VICTIMS] += 1
        elif refusals[name].across:
            reasons.update(refusals[name].reasons)
        elif left is not None:
            reasons.update(left.reasons)
        else:
            plans.append(_spare(world, pod, host, lower))
    return min(plans, key=PreemptionPlan.cost) if plans else reasons


def carry_out(world: World, pod: Obj, plan: PreemptionPlan, component: str) -> None:
    """Remove the victims and nominate the node; the pod is placed when they are gone."""
    for victim in plan.victims:
        meta = victim["metadata"]
        text = f"Preempted by pod {pod['metadata']['uid']} on node {plan.host.name}"
        record(world, victim, "Normal", "Preempted", text, component=component, style="events")
        disruptions.mark(world, victim, disruptions.BY_PREEMPTION)
        deletion.delete(world, "Pod", meta["namespace"], meta["name"])
    meta = pod["metadata"]
    name = plan.host.name
    world.objects.edit(
        "Pod", meta["namespace"], meta["name"], lambda new: new.setdefault("status", {}).update(nominatedNodeName=name)
    )


def priority(pod: Obj) -> int:
    return int(pod["spec"].get("priority") or 0)


def _spare(world: World, pod: Obj, host: Host, lower: list[Obj]) -> PreemptionPlan:
    """All may go; whoever still fits beside the newcomer stays, the protected and the important ones first."""
    by_rank = sorted(lower, key=lambda p: (-priority(p), _start_time(p)))
    protected_pods = _protected_pods(world, by_rank)
    victims = list(lower)
    for one in [*protected_pods, *(p for p in by_rank if p not in protected_pods)]:
        without_one = [v for v in victims if v is not one]
        if rejection(pod, host.without(without_one)) is None:
            victims = without_one
    return PreemptionPlan(host, victims, sum(1 for one in protected_pods if one in victims))


def _protected_pods(world: World, pods: list[Obj]) -> list[Obj]:
    """Those whose removal, one after the other, a disruption budget would not allow."""
    left: dict[str, int] = {}
    protected_pods = []
    for pod in pods:
        namespace, labels = pod["metadata"]["namespace"], pod["metadata"].get("labels") or {}
        for budget in world.objects.all("PodDisruptionBudget", namespace):
            if not matches(budget["spec"].get("selector"), labels):
                continue
            key = f"{namespace}/{budget['metadata']['name']}"
            left[key] = left.get(key, budget_state(world, budget).disruptions_allowed) - 1
            if left[key] < 0 and pod not in protected_pods:
                protected_pods.append(pod)
    return protected_pods


def _is_leaving_for(pod: Obj, other: Obj) -> bool:
    return bool(other["metadata"].get("deletionTimestamp")) and priority(other) < priority(pod)


def _start_time(pod: Obj) -> float:
    at = (pod.get("status") or {}).get("startTime") or pod["metadata"].get("creationTimestamp")
    return from_rfc3339(at) if at else 0.0
