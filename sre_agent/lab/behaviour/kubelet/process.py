"""What a container's process does while it lives, derived from the behaviour profile of its image.

Everything here is a function of the profile and of time, so that a process that behaves well needs no clock events. The
running processes of a world are kept beside it for those who look at them: log reading and resource usage.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sre_agent.lab.kubernetes.quantities import parse
from sre_agent.lab.scenario import Exit, Image
from sre_agent.lab.telemetry import ContainerLogs
from sre_agent.lab.world import World

ProcessKey = tuple[str, str, str]  # namespace, pod, container
IGNORES_SIGTERM = 137  # a profile with this exit code does not react and is killed when the grace is over
DEFAULT_IMAGE = Image()


@dataclass
class Process:
    """One run of one container. `since` is when `profile` began to hold: the start, or a later change of the image."""

    namespace: str
    pod: str
    container: str
    image: str
    profile: Image
    environment: dict[str, str]
    memory_limit: float | None  # bytes
    started: float
    since: float
    written: float  # the log is written up to and including this moment

    @property
    def key(self) -> ProcessKey:
        return self.namespace, self.pod, self.container

    def memory(self, now: float) -> int:
        """Working set in bytes; never above the limit, where the kernel ends the process."""
        start, peak = float(parse(self.profile.memory.start)), float(parse(self.profile.memory.peak))
        share = min(1.0, (now - self.since) / self.profile.memory.over) if self.profile.memory.over else 1.0
        used = start + (peak - start) * share
        return round(used if self.memory_limit is None else min(used, self.memory_limit))

    def ends(self) -> list[tuple[float, Exit | None]]:
        """When the process may end by itself, in order of time. None stands for the kernel's OOM killer."""
        moments: list[tuple[float, Exit | None]] = [(self.since + e.after, e) for e in self.profile.exits]
        crossing = self._limit_crossed_at()
        if crossing is not None:
            moments.append((crossing, None))
        return sorted(moments, key=lambda m: m[0])

    def _limit_crossed_at(self) -> float | None:
        start, peak = float(parse(self.profile.memory.start)), float(parse(self.profile.memory.peak))
        if self.memory_limit is None or max(start, peak) <= self.memory_limit:
            return None
        if start > self.memory_limit or peak == start:
            return self.since
        return self.since + self.profile.memory.over * (self.memory_limit - start) / (peak - start)


def profile_of(world: World, image: str) -> Image:
    return world.images.get(image, DEFAULT_IMAGE)


def holds(world: World, process: Process, end: Exit) -> bool:
    """Whether the reason to exit exists now: the variable is not set, the dependency is not up."""
    if end.unless_env and process.environment.get(end.unless_env):
        return False
    dependency = world.dependencies.get(end.unless_dependency) if end.unless_dependency else None
    return not (dependency is not None and dependency.up)


_running: WeakKeyDictionary[ContainerLogs, dict[ProcessKey, Process]] = WeakKeyDictionary()


def running(world: World) -> dict[ProcessKey, Process]:
    """The processes that run now, by (namespace, pod, container)."""
    return _running.setdefault(world.containers, {})
