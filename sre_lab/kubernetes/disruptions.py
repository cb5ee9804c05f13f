"""Pods that are taken away for the cluster's sake: the condition that says by whom, as every disruptor leaves it."""

from __future__ import annotations

from sre_lab.clock import rfc3339
from sre_lab.objects.store import Obj
from sre_lab.world import World

CONDITION = "DisruptionTarget"
BY_EVICTION = ("EvictionByEvictionAPI", "Eviction API: evicting")
BY_TAINT = ("DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint")
BY_PREEMPTION = ("PreemptionByScheduler", "default-scheduler: preempting to accommodate a higher priority pod")
BY_POD_COLLECTOR = ("DeletionByPodGC", "PodGC: node no longer exists")


def mark(world: World, pod: Obj, cause: tuple[str, str]) -> Obj:
    """The pod with DisruptionTarget set to True for `cause` (reason and message); one that is set already stays."""
    meta = pod["metadata"]

    def change(new: Obj) -> None:
        status = new.setdefault("status", {})
        status["conditions"] = with_disruption(status.get("conditions") or [], cause, world.clock.now())

    return world.objects.edit("Pod", meta["namespace"], meta["name"], change)


def with_disruption(conditions: list[Obj], cause: tuple[str, str], now: float) -> list[Obj]:
    """The conditions with DisruptionTarget among them."""
    if any(c["type"] == CONDITION and c["status"] == "True" for c in conditions):
        return conditions
    return [*conditions, _condition(cause, now)]


def _condition(cause: tuple[str, str], now: float) -> Obj:
    return {
        "type": CONDITION,
        "status": "True",
        "lastProbeTime": None,
        "lastTransitionTime": rfc3339(now),
        "reason": cause[0],
        "message": cause[1],
    }
