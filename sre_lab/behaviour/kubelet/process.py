"""What a container's process does while it lives, derived from the behaviour profile of its image.

Everything here is a function of the profile and of time, so that a process that behaves well needs no clock events. The
running processes of a world are kept beside it for those who look at them: log reading and resource usage.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from sre_lab.behaviour.accounts import access_denial
from sre_lab.kubernetes.quantities import parse
from sre_lab.scenario import ImageProfile, ProcessExit
from sre_lab.world import World

ProcessKey = tuple[str, str, str]  # namespace, pod, container
IGNORES_SIGTERM = 137  # a profile with this exit code does not react and is killed when the grace is over
DEFAULT_IMAGE = ImageProfile()


@lru_cache(maxsize=4096)
def number(quantity: str) -> float:
    """A quantity of a profile, in base units."""
    return float(parse(quantity))


@dataclass
class ContainerProcess:
    """One run of one container. `since` is when `profile` began to hold: the start, or a later change of the image."""

    namespace: str
    pod: str
    container: str
    image: str
    profile: ImageProfile
    environment: dict[str, str]
    memory_limit: float | None  # bytes
    started: float
    since: float
    logged_until: float  # the log is written up to and including this moment
    rate: float = 0.0  # requests per second that it answers now
    requests_answered: float = 0.0  # requests since its start
    cpu_limit: float | None = None  # cores
    cpu_worked: float = 0.0  # core-seconds that requests have cost since its start
    throttled_seconds: float = 0.0  # seconds since its start in which it had to wait for its next CPU period
    starved_seconds: float = 0.0  # seconds since its start in which its limit was below what it had to do
    out_of_memory: Callable[[], None] | None = None  # what the kernel does when it passes its limit

    @property
    def key(self) -> ProcessKey:
        return self.namespace, self.pod, self.container

    def memory(self, now: float) -> int:
        """Working set in bytes; never above the limit, where the kernel ends the process."""
        start, peak = number(self.profile.memory.start), number(self.profile.memory.peak)
        share = min(1.0, (now - self.since) / self.profile.memory.over) if self.profile.memory.over else 1.0
        used = start + (peak - start) * share + self.requests_answered * number(self.profile.memory.per_request)
        return round(used if self.memory_limit is None else min(used, self.memory_limit))

    def cpu(self) -> float:
        """Cores in use; never above the limit."""
        demand = self._wanted_cpu()
        return demand if self.cpu_limit is None else min(demand, self.cpu_limit)

    def cpu_seconds(self, now: float) -> float:
        """Core-seconds since the start."""
        return number(self.profile.cpu) * (now - self.started) + self.cpu_worked

    def work(self, rate: float, span: float, now: float) -> None:
        """It answered `rate` requests per second for the last `span` seconds."""
        self.rate = rate
        self.requests_answered += rate * span
        self.cpu_worked += max(0.0, self.cpu() - number(self.profile.cpu)) * span
        if self.cpu_limit is not None and (demand := self._wanted_cpu()) > self.cpu_limit:
            self.throttled_seconds += span * (1.0 - self.cpu_limit / demand)
            self.starved_seconds += span
        full = self.memory_limit is not None and self.memory(now) >= self.memory_limit
        if full and number(self.profile.memory.per_request) and self.out_of_memory is not None:
            self.out_of_memory()

    def _wanted_cpu(self) -> float:
        return number(self.profile.cpu) + self.rate * number(self.profile.cpu_per_request)

    def ends(self) -> list[tuple[float, ProcessExit | None]]:
        """When the process may end by itself, in order of time. None stands for the kernel's OOM killer."""
        moments: list[tuple[float, ProcessExit | None]] = [(self.since + e.after, e) for e in self.profile.exits]
        crossing = self._limit_crossed_at()
        if crossing is not None:
            moments.append((crossing, None))
        return sorted(moments, key=lambda m: m[0])

    def _limit_crossed_at(self) -> float | None:
        start, peak = number(self.profile.memory.start), number(self.profile.memory.peak)
        if self.memory_limit is None or max(start, peak) <= self.memory_limit:
            return None
        if start > self.memory_limit or peak == start:
            return self.since
        return self.since + self.profile.memory.over * (self.memory_limit - start) / (peak - start)


def profile_of(world: World, image: str) -> ImageProfile:
    return world.images.get(image, DEFAULT_IMAGE)


def holds(world: World, process: ContainerProcess, end: ProcessExit) -> bool:
    """Whether the reason to exit exists now: the variable is not set, the dependency not up, the right not granted."""
    if end.unless_env and process.environment.get(end.unless_env):
        return False
    pod = world.objects.get("Pod", process.namespace, process.pod) if end.unless_allowed else None
    if pod is not None and not access_denial(world, pod, *end.unless_allowed.split(maxsplit=1)):
        return False
    dependency = world.dependencies.get(end.unless_dependency) if end.unless_dependency else None
    return not (dependency is not None and dependency.up)


def has_endpoint(world: World, service: str) -> bool:
    """Whether a Service (namespace/name) is there and a pod behind it is ready."""
    namespace, _, name = service.partition("/")
    if world.objects.get("Service", namespace, name) is None:
        return False
    subsets = (world.objects.get("Endpoints", namespace, name) or {}).get("subsets") or []
    return any(subset.get("addresses") for subset in subsets)


class _Running(dict[ProcessKey, ContainerProcess]):
    """The processes of one world."""


def running_processes(world: World) -> dict[ProcessKey, ContainerProcess]:
    """The processes that run now, by (namespace, pod, container)."""
    return world.memory(_Running, _Running)
