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
    wanted = replicas(deployment)
    surge = share(rolling.get("maxSurge", "25%"), wanted, up=True)
    unavailable = share(rolling.get("maxUnavailable", "25%"), wanted, up=False)
    if not surge and not unavailable:
        unavailable = 1
    return surge, min(unavailable, wanted)


def replicas(workload: Obj) -> int:
    wanted = workload["spec"].get("replicas")
    return 1 if wanted is None else int(wanted)


def new_size(deployment: Obj, new: int, total: int) -> int:
    """Replicas that the new ReplicaSet (now `new`) may have while all together ask for `total`."""
    wanted = replicas(deployment)
    if (deployment["spec"].get("strategy") or {}).get("type") == "Recreate" or new >= wanted:
        return wanted
    surge, _ = limits(deployment)
    room = wanted + surge - total
    return new if room <= 0 else new + min(room, wanted - new)


def shrink_old(deployment: Obj, new: ReplicaSetSize, old: list[ReplicaSetSize]) -> dict[str, int]:
    """New sizes of old ReplicaSets (oldest first in `old`), broken replicas first; empty when none may shrink."""
    total = new.replicas + sum(one.replicas for one in old)
    _, unavailable = limits(deployment)
    least = replicas(deployment) - unavailable
    may_go = total - least - (new.replicas - new.available)
    if may_go <= 0 or not any(one.replicas for one in old):
        return {}
    sizes = {one.name: one.replicas for one in old}
    cleaned = 0
    for one in old:
        broken = min(may_go - cleaned, one.replicas - one.available)
        if broken > 0:
            sizes[one.name] -= broken
            cleaned += broken
    spare = new.available + sum(one.available for one in old) - least
    for one in old:
        step = min(sizes[one.name], spare)
        if step > 0:
            sizes[one.name] -= step
            spare -= step
    return {one.name: sizes[one.name] for one in old if sizes[one.name] != one.replicas}


def proportional(deployment: Obj, sets: list[ReplicaSetSize]) -> dict[str, int]:
    """Sizes after a scaling in the middle of a rollout: the change is spread over the ReplicaSets by their size."""
    wanted = replicas(deployment)
    surge, _ = limits(deployment)
    allowed = wanted + surge if wanted else 0
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
