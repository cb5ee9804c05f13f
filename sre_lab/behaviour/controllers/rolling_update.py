"""The arithmetic of a rolling update: how far each ReplicaSet may go in one step. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sre_lab.objects.store import Obj


@dataclass(frozen=True)
class ReplicaSetSize:
    """One ReplicaSet, as far as the arithmetic needs it."""

    name: str
    replicas: int  # asked for
    available: int  # serving


def limits(deployment: Obj) -> tuple[int, int]:
    """(max surge, max unavailable) in pods: surge rounded up, unavailable down, never both zero."""
    spec = deployment["spec"]
    strategy = spec.get("strategy") or {}
    if strategy.get("type") == "Recreate":
        return 0, 0
    rolling = strategy.get("rollingUpdate") or {}
    desired = replicas(deployment)
    surge = share(rolling.get("maxSurge", "25%"), desired, up=True)
    unavailable = share(rolling.get("maxUnavailable", "25%"), desired, up=False)
    if not surge and not unavailable:
        unavailable = 1
    return surge, min(unavailable, desired)


def replicas(workload: Obj) -> int:
    value = workload["spec"].get("replicas")
    return 1 if value is None else int(value)


def new_size(deployment: Obj, new: int, total: int) -> int:
    """Replicas that the new ReplicaSet (now `new`) may have while all together ask for `total`."""
    desired = replicas(deployment)
    if (deployment["spec"].get("strategy") or {}).get("type") == "Recreate" or new >= desired:
        return desired
    surge, _ = limits(deployment)
    room = desired + surge - total
    return new if room <= 0 else new + min(room, desired - new)


def shrink_old(deployment: Obj, new: ReplicaSetSize, old: list[ReplicaSetSize]) -> dict[str, int]:
    """New sizes of old ReplicaSets (oldest first in `old`), broken replicas first; empty when none may shrink."""
    total = new.replicas + sum(one.replicas for one in old)
    _, unavailable = limits(deployment)
    least = replicas(deployment) - unavailable
    may_go = total - least - (new.replicas - new.available)
    if may_go <= 0 or not any(one.replicas for one in old):
        return {}
    sizes = {one.name: one.replicas for one in old}
    cleanup = 0
    for one in old:
        unhealthy = min(may_go - cleanup, one.replicas - one.available)
        if unhealthy > 0:
            sizes[one.name] -= unhealthy
            cleanup += unhealthy
    spare = new.available + sum(one.available for one in old) - least
    for one in old:
        step = min(sizes[one.name], spare)
        if step > 0:
            sizes[one.name] -= step
            spare -= step
    return {one.name: sizes[one.name] for one in old if sizes[one.name] != one.replicas}


def proportional(deployment: Obj, sets: list[ReplicaSetSize]) -> dict[str, int]:
    """Sizes after a scaling in the middle of a rollout: the change is spread over the ReplicaSets by their size."""
    desired = replicas(deployment)
    surge, _ = limits(deployment)
    allowed = desired + surge if desired else 0
    total = sum(one.replicas for one in sets)
    change = allowed - total
    if not change or not total:
        return {}
    order = sorted(sets, key=lambda one: -one.replicas)
    sizes, left = {}, change
    for one in order:
        share = round(one.replicas * allowed / total) - one.replicas
        share = min(share, left) if change > 0 else max(share, left)
        sizes[one.name] = max(0, one.replicas + share)
        left -= share
    sizes[order[0].name] = max(0, sizes[order[0].name] + left)
    return sizes


def share(value: object, of: int, *, up: bool) -> int:
    """A number of pods, or a percentage of `of` as one."""
    text = str(value)
    if not text.endswith("%"):
        return int(text)
    part = of * int(text[:-1]) / 100
    return math.ceil(part) if up else math.floor(part)
