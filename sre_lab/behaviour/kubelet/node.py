"""What one node holds besides its pods' objects: pulled images, pod addresses, the rhythm of its kubelet."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from zlib import crc32

from sre_lab.kubernetes.lookups import has_address
from sre_lab.objects.store import Obj
from sre_lab.scenario.cluster import NodeSpec
from sre_lab.world import World

TICK_SECONDS = 1.0  # how often the kubelet asks the runtime what has changed, and which retries are due


class KubeletNode:
    """One machine and the state of its kubelet: whether it runs, and by what resources it feels pressed."""

    def __init__(self, world: World, name: str, number: int) -> None:
        self.name = name
        self._world = world
        self._phase: float | None = None
        node = world.objects.get("Node", "", name) or {}
        self.ip = internal_ip(node, default=f"10.0.0.{10 + number}")
        self._addresses = ip_network(node.get("spec", {}).get("podCIDR") or f"10.244.{number}.0/24")
        self._last = 1
        self._pulling_until = 0.0
        self._queued: set[str] = set()  # images of the pulls under way
        self.up = self.facts.kubelet == "up"
        self.pressures: set[str] = set()  # names of node conditions
        self.closed = bool(node.get("spec", {}).get("unschedulable"))
        self.images = {ref for i in node.get("status", {}).get("images") or [] for ref in i.get("names") or []}

    @property
    def facts(self) -> NodeSpec:
        return self._world.cluster.facts(self.name)

    @property
    def declared(self) -> bool:
        """Whether it is a machine of the cluster's facts; a recording has nodes of which only the objects are known."""
        return self._world.cluster.has(self.name)

    def offset(self, period: float) -> float:
        """A part of `period` that is this node's own, so that not all nodes act at the same moment."""
        return crc32(self.name.encode()) % 1000 / 1000 * period

    def tick_after(self, when: float) -> float:
        """The kubelet's first look around after `when`."""
        if self._phase is None:
            self._phase = self._world.random.random() * TICK_SECONDS
        periods = (when - self._phase) // TICK_SECONDS + 1
        return self._phase + periods * TICK_SECONDS

    def queue_pull(self, image: str, takes: Callable[[bool], float]) -> tuple[float, float]:
        """(seconds until the pull begins, seconds that it takes): one image at a time, as kubelets do by default.

        `takes` is told whether the image will be there by then because another pod has asked for it before.
        """
        now = self._world.clock.now()
        waits = max(0.0, self._pulling_until - now)
        duration = takes(image in self.images or (waits > 0 and image in self._queued))
        self._queued = {*(self._queued if waits else ()), image}
        self._pulling_until = now + waits + duration
        return waits, duration

    def new_address(self) -> str:
        """The next pod IP of this node that no pod has."""
        size = self._addresses.num_addresses
        for _ in range(size):
            self._last = self._last + 1 if self._last + 2 < size else 2
            if not has_address(self._world.objects, address := str(self._addresses[self._last])):
                break
        return address


def internal_ip(node: Obj, *, default: str) -> str:
    for address in node.get("status", {}).get("addresses") or []:
        if address["type"] == "InternalIP":
            return str(address["address"])
    return default


def has_kubelet(node: Obj | None) -> bool:
    """Whether something runs pods there: the node exists and its kubelet has not stopped reporting."""
    if node is None:
        return False
    conditions = node.get("status", {}).get("conditions") or []
    return not any(c["type"] == "Ready" and c["status"] == "Unknown" for c in conditions)
