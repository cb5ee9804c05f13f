"""How a PodDisruptionBudget stands: what its status says, and what an eviction has to respect."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sre_lab.kubernetes.selectors import matches
from sre_lab.world import World

Obj = dict[str, Any]


@dataclass(frozen=True)
class BudgetState:
    """Pods of a budget: how many are healthy, how many have to be, and how many there should be."""

    current_healthy: int
    desired_healthy: int
    expected_pods: int

    @property
    def disruptions_allowed(self) -> int:
        """How many of them may be disrupted now."""
        return max(0, self.current_healthy - self.desired_healthy) if self.expected_pods > 0 else 0


def budget_state(world: World, budget: Obj) -> BudgetState:
    """Counted from the pods that the budget selects and from what their controllers want."""
    spec = budget["spec"]
    namespace = budget["metadata"]["namespace"]
    pods = [
        pod
        for pod in world.objects.all("Pod", namespace)
        if matches(spec.get("selector"), pod["metadata"].get("labels") or {})
        and (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed")
    ]
    healthy = sum(is_ready(pod) and not pod["metadata"].get("deletionTimestamp") for pod in pods)
    if "maxUnavailable" in spec:
        expected = _expected_pods(world, pods)
        return BudgetState(healthy, max(0, expected - _count(spec["maxUnavailable"], expected)), expected)
    least = spec.get("minAvailable", 1)
    expected = _expected_pods(world, pods) if isinstance(least, str) and least.endswith("%") else len(pods)
    return BudgetState(healthy, _count(least, expected), expected)


def _expected_pods(world: World, pods: list[Obj]) -> int:
    """How many pods their controllers want; pods without one count for themselves."""
    owners: dict[tuple[str, str, str], int] = {}
    alone = 0
    for pod in pods:
        owner = next((o for o in pod["metadata"].get("ownerReferences") or [] if o.get("controller")), None)
        controller = owner and world.objects.get(owner["kind"], pod["metadata"]["namespace"], owner["name"])
        if owner and controller and "replicas" in (controller.get("spec") or {}):
            owners[(owner["kind"], pod["metadata"]["namespace"], owner["name"])] = controller["spec"]["replicas"]
        else:
            alone += 1
    return alone + sum(owners.values())


def _count(amount: int | str, whole: int) -> int:
    if isinstance(amount, str) and amount.endswith("%"):
        return math.ceil(int(amount[:-1]) * whole / 100)
    return int(amount)


def is_ready(pod: Obj) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(c["type"] == "Ready" and c.get("status") == "True" for c in conditions)
