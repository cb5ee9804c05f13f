"""The one shared world of the lab: every endpoint reads it, every simulated part writes to it.

It holds facts and time, no behaviour: controllers and the kubelet (`behaviour/`) move the cluster, `instrumentation`
turns what containers do into metrics and log events, `aws/` and `prometheus/` answer questions about them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from sre_lab.clock import VirtualClock
from sre_lab.objects.store import ObjectStore
from sre_lab.scenario import ClusterSpec, Dependency, ImageProfile, Traffic
from sre_lab.telemetry import ContainerLogs, LogGroups, MetricStore

T = TypeVar("T")


@dataclass(frozen=True)
class RecordedRefusal:
    """One RBAC refusal of a recorded world: the API answers 403 with this message."""

    verb: str
    resource: str
    scope: str
    message: str


@dataclass
class World:
    """Everything the lab knows. Times are epoch seconds of `clock`."""

    clock: VirtualClock
    random: Random
    cluster: ClusterSpec
    objects: ObjectStore
    images: dict[str, ImageProfile] = field(default_factory=dict)
    references: set[str] = field(default_factory=set)  # images that the registries hold; no other tags of theirs
    traffic: dict[tuple[str, str], Traffic] = field(default_factory=dict)  # by (namespace, service)
    dependencies: dict[str, Dependency] = field(default_factory=dict)
    containers: ContainerLogs = field(default_factory=ContainerLogs)
    metrics: MetricStore = field(default_factory=MetricStore)
    logs: LogGroups = field(default_factory=LogGroups)
    bus: deque[dict[str, object]] = field(default_factory=lambda: deque(maxlen=500))  # EventBridge events, as sent
    segments: list[dict[str, object]] = field(default_factory=list)  # X-Ray segment documents as received
    refusals: list[RecordedRefusal] = field(default_factory=list)
    frozen: set[tuple[str, str, str]] = field(default_factory=set)  # recorded workloads (kind, ns, name) not yet thawed
    table_capacity: Callable[[str], tuple[int, int] | None] = lambda name: (
        None
    )  # provisioned (read, write) units; AWS tells
    memories: dict[object, Any] = field(default_factory=dict)  # what parts of the lab remember of it, by type or part

    def memory(self, kind: type[T], make: Callable[[], T]) -> T:
        """The one memory of that type, made when it is first asked for. It goes when the world goes."""
        if kind not in self.memories:
            self.memories[kind] = make()
        memory: T = self.memories[kind]
        return memory


def new_world(cluster: ClusterSpec, start: float, seed: int) -> World:
    clock = VirtualClock(start)
    random = Random(seed)  # noqa: S311 - a simulation that repeats, not a secret
    return World(clock, random, cluster, ObjectStore(clock, random))
