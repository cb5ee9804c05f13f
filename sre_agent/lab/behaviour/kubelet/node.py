"""What one node holds besides its pods' objects: pulled images, pod addresses, the rhythm of its kubelet."""

from __future__ import annotations

from ipaddress import ip_network

from sre_agent.lab.kubernetes.store import Obj
from sre_agent.lab.world import World

TICK_SECONDS = 1.0  # how often the kubelet asks the runtime what has changed, and which retries are due


class Node:
    """Runtime facts of a node; created when its first pod arrives."""

    def __init__(self, world: World, name: str, number: int) -> None:
        self.name = name
        self._world = world
        self._phase = world.random.random() * TICK_SECONDS
        node = world.objects.get("Node", "", name) or {}
        self.ip = internal_ip(node, default=f"10.0.0.{10 + number}")
        self._addresses = ip_network(node.get("spec", {}).get("podCIDR") or f"10.244.{number}.0/24")
        self._last = 1
        self.images = {ref for i in node.get("status", {}).get("images") or [] for ref in i.get("names") or []}

    def tick_after(self, when: float) -> float:
        """The kubelet's first look around after `when`."""
        periods = (when - self._phase) // TICK_SECONDS + 1
        return self._phase + periods * TICK_SECONDS

    def new_address(self) -> str:
        """The next pod IP of this node that no pod has."""
        taken = {pod.get("status", {}).get("podIP") for pod in self._world.objects.all("Pod")}
        size = self._addresses.num_addresses
        for _ in range(size):
            self._last = self._last + 1 if self._last + 2 < size else 2
            if (address := str(self._addresses[self._last])) not in taken:
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
