"""What each host was found to be for a kind of pods, so that equal pods do not cost equal looks.

Judging every host for a pod takes as many looks as there are hosts. The pods of one workload are alike: what a host was
found to be for one of them holds for the next, until something changes on that host.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import orjson

from sre_lab.behaviour.controllers.hosts import Host, Hosts
from sre_lab.behaviour.ownership import controller_of
from sre_lab.objects.store import Obj

Fit = TypeVar("Fit")
KEPT = 16  # kinds of pods
MOST_MOVES = 100_000  # then everything is judged anew, so that the list of moves does not grow for ever
ACROSS_HOSTS = ("podAffinity", "podAntiAffinity")  # what is found of one host depends on the others


@dataclass
class _CachedFits(Generic[Fit]):
    results: dict[str, Fit] = field(default_factory=dict)
    moves: int = 0  # how many of the hosts' moves are contained


class FitCache(Generic[Fit]):
    """`judge(pod)(host)` for every host, asked again only of hosts that have changed since a pod just like this one."""

    def __init__(self, hosts: Hosts, judge: Callable[[Obj], Callable[[Host], Fit]]) -> None:
        self._hosts = hosts
        self._judge = judge
        self._known: OrderedDict[bytes, _CachedFits[Fit]] = OrderedDict()

    def of(self, pod: Obj) -> dict[str, Fit]:
        """What each host is for this pod, by the host's name. Not for changing, and true only until the next write."""
        hosts, judge = self._hosts.by_name, self._judge(pod)
        key = _likeness(pod)
        if key is None:
            return {name: judge(host) for name, host in hosts.items()}
        if len(self._hosts.changes) > MOST_MOVES:
            self._hosts.changes.clear()
            self._known.clear()
        entry = self._known.get(key)
        if entry is None:
            entry = self._known[key] = _CachedFits({name: judge(host) for name, host in hosts.items()})
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(key)
            for name in set(self._hosts.changes[entry.moves :]):
                entry.results.pop(name, None)
                if name in hosts:
                    entry.results[name] = judge(hosts[name])
        entry.moves = len(self._hosts.changes)
        return entry.results


def _likeness(pod: Obj) -> bytes | None:
    """Equal for pods that every host takes or refuses alike; None when a host alone does not decide that.

    Everything of a pod counts but its own name and its token volume, which differ between the pods of one template.
    """
    spec, meta = pod["spec"], pod["metadata"]
    affinity = spec.get("affinity") or {}
    if any(affinity.get(part) for part in ACROSS_HOSTS) or spec.get("topologySpreadConstraints"):
        return None
    if any("persistentVolumeClaim" in volume or "ephemeral" in volume for volume in spec.get("volumes") or []):
        return None
    containers = [
        {name: value for name, value in container.items() if name != "volumeMounts"}
        for container in [*(spec.get("initContainers") or []), *spec["containers"]]
    ]
    rest = {name: value for name, value in spec.items() if name not in ("volumes", "containers", "initContainers")}
    owner = (controller_of(pod) or {}).get("name")
    return orjson.dumps([meta["namespace"], meta.get("labels"), owner, containers, rest])
