"""How much work reaches each container, what that costs it, and what it can no longer do in time."""

from __future__ import annotations

from math import inf

from sre_lab.behaviour.kubelet.process import running_processes
from sre_lab.instrumentation.failure import RequestFailure
from sre_lab.kubernetes.quantities import parse
from sre_lab.objects.store import Obj
from sre_lab.scenario import ImageProfile
from sre_lab.world import World

BUSY = 0.7  # of what it can do: from here on requests queue
SLOWEST = 12.0  # times the usual latency

ContainerKey = tuple[str, str, str]  # namespace, pod, container


class ContainerLoad:
    """Requests per second by container, collected anew at each look at the traffic."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rates: dict[ContainerKey, float] = {}
        self._working: set[ContainerKey] = set()  # had work at the last look

    def clear(self) -> None:
        self._rates.clear()

    def add(self, pod: Obj, container: Obj, rate: float) -> None:
        key = _key(pod, container)
        self._rates[key] = self._rates.get(key, 0.0) + rate

    def use(self, pod: Obj, container: Obj, profile: ImageProfile) -> float:
        """What is asked of the container as a share of what it can do; above 1 it cannot keep up."""
        most, rate = capacity(profile, container), self._rates.get(_key(pod, container), 0.0)
        return rate / max(most, 0.001)

    def settle(self, span: float) -> None:
        """Let the processes have done the work of the last `span` seconds; one may run out of memory by it."""
        processes, now = running_processes(self._world), self._world.clock.now()
        for key in sorted(self._rates.keys() | self._working):
            if key in processes:
                processes[key].work(self._rates.get(key, 0.0), span, now)
        self._working = set(self._rates)


def capacity(profile: ImageProfile, container: Obj) -> float:
    """Requests per second that the container answers in time, by its image and its CPU limit."""
    most = profile.capacity or inf
    cost = float(parse(profile.cpu_per_request))
    limit = (container.get("resources") or {}).get("limits", {}).get("cpu")
    if cost and limit is not None:
        most = min(most, max(0.0, float(parse(limit)) - float(parse(profile.cpu))) / cost)
    return most


def slowness(use: float) -> float:
    """How many times the usual latency a request takes."""
    if use <= BUSY:
        return 1.0
    return min(SLOWEST, (1.0 - BUSY) / max(1.0 - use, 0.01))


def overload(use: float, patience_ms: float) -> RequestFailure | None:
    """Those that wait in vain."""
    if use <= 1.0:
        return None
    return RequestFailure(1.0 - 1.0 / use, "context deadline exceeded", "", patience_ms, code=503)


def _key(pod: Obj, container: Obj) -> ContainerKey:
    return pod["metadata"]["namespace"], pod["metadata"]["name"], container["name"]
