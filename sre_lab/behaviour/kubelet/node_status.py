"""What the kubelet of one node tells about the node itself: its lease, its conditions, what happened to it.

A kubelet that is down tells nothing: that silence is all that the rest of the cluster learns of it.
"""

from __future__ import annotations

from functools import partial

from sre_lab.behaviour import events, nodes
from sre_lab.behaviour.kubelet.node import KubeletNode
from sre_lab.clock import rfc3339
from sre_lab.objects.store import Obj
from sre_lab.world import World

RENEW_SECONDS = 10.0  # of the lease; the kubelet looks at the node's state as often
REPORT_SECONDS = 300.0  # of the status, while nothing changes
NETWORK_PROBLEM = (
    "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady "
    "message:Network plugin returns error: cni plugin not initialized"
)
PRESSURES = {
    "MemoryPressure": (
        ("KubeletHasSufficientMemory", "kubelet has sufficient memory available", "NodeHasSufficientMemory"),
        ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available", "NodeHasInsufficientMemory"),
    ),
    "DiskPressure": (
        ("KubeletHasNoDiskPressure", "kubelet has no disk pressure", "NodeHasNoDiskPressure"),
        ("KubeletHasDiskPressure", "kubelet has disk pressure", "NodeHasDiskPressure"),
    ),
    "PIDPressure": (
        ("KubeletHasSufficientPID", "kubelet has sufficient PID available", "NodeHasSufficientPID"),
        ("KubeletHasInsufficientPID", "kubelet has insufficient PID available", "NodeHasInsufficientPID"),
    ),
}


class NodeReporter:
    """Of a machine that is declared, the state is reported; of a node that only a recording knows, the sign of life."""

    def __init__(self, world: World, node: KubeletNode, *, from_scenario: bool) -> None:
        self._world = world
        self._node = node
        self._declared = from_scenario
        self._reported = world.clock.now()
        world.clock.after(node.offset(RENEW_SECONDS), self._tick)

    def _tick(self) -> None:
        self._world.clock.after(RENEW_SECONDS, self._tick)
        if self._node.up:
            self.beat()

    def beat(self) -> None:
        """Renew the lease, and report the status if that is due."""
        node = self._object()
        if node is None:
            return
        if not self._declared and not _is_ready(node):
            return
        now = self._world.clock.now()
        lease = self._world.objects.get("Lease", nodes.LEASES, self._node.name)
        if lease is not None:
            renewal = rfc3339(now + self._node.facts.clock_skew, micro=True)
            self._world.objects.replace({**lease, "spec": {**lease["spec"], "renewTime": renewal}})
        self._tell_schedulable(node)
        if now - self._reported < REPORT_SECONDS:
            return
        if self._declared:
            self.report(force=True)
        else:
            self._reported = now
            self._world.objects.edit("Node", "", self._node.name, partial(_touch, at=rfc3339(now)))

    def report(self, *, force: bool = False) -> None:
        """Write the conditions as they are, if one of them changed or `force`; say each change in an event."""
        node = self._object()
        if node is None or not self._declared or not self._node.up:
            return
        old = {c["type"]: c for c in (node.get("status") or {}).get("conditions") or []}
        new = self._conditions(old)
        changed = [c for c in new if old.get(c["type"], {}).get("status") != c["status"]]
        if not changed and not force:
            return
        self._reported = self._world.clock.now()
        others = [c for kind, c in old.items() if kind not in {c["type"] for c in new}]
        self._world.objects.edit(
            "Node", "", self._node.name, lambda obj: obj["status"].update(conditions=[*others, *new])
        )
        for condition in changed:
            self.tell("Normal", _event(condition))

    def register(self) -> None:
        """The kubelet starts: it registers a node that is gone, and says what it finds."""
        if self._object() is None and self._declared:
            number = self._world.cluster.machines.index(self._node.name) + 1
            nodes.create_node(self._world, self._node.name, number, since=self._world.clock.now())
        self.tell("Normal", "Starting", "Starting kubelet.")
        self.tell("Warning", "InvalidDiskCapacity", "invalid capacity 0 on image filesystem")
        for kind, sides in PRESSURES.items():
            self.tell("Normal", sides[kind in self._node.pressures][2])
        self.tell("Normal", "NodeAllocatableEnforced", "Updated Node Allocatable limit across pods")
        self.report(force=True)
        self.beat()

    def tell(self, type: str, reason: str, message: str = "") -> None:
        """An event about the node, in the name of its kubelet, which knows the node by name only."""
        name = self._node.name
        about: Obj = {"kind": "Node", "metadata": {"name": name, "uid": name}}
        text = message or f"Node {name} status is now: {reason}"
        events.record(self._world, about, type, reason, text, component="kubelet", host=name)

    def _conditions(self, old: dict[str, Obj]) -> list[Obj]:
        conditions = {}
        for kind, sides in PRESSURES.items():
            under_pressure = kind in self._node.pressures
            conditions[kind] = (str(under_pressure), *sides[under_pressure][:2])
        if self._node.facts.network == "uninitialised":
            conditions["Ready"] = ("False", "KubeletNotReady", NETWORK_PROBLEM)
        else:
            conditions["Ready"] = ("True", "KubeletReady", "kubelet is posting ready status")
        at = rfc3339(self._world.clock.now() + self._node.facts.clock_skew)
        return [
            {
                "type": kind,
                "status": status,
                "lastHeartbeatTime": at,
                "lastTransitionTime": _since(old.get(kind), status) or at,
                "reason": reason,
                "message": message,
            }
            for kind, (status, reason, message) in conditions.items()
        ]

    def _tell_schedulable(self, node: Obj) -> None:
        closed = bool((node.get("spec") or {}).get("unschedulable"))
        if self._declared and closed != self._node.closed:
            self._node.closed = closed
            self.tell("Normal", "NodeNotSchedulable" if closed else "NodeSchedulable")

    def _object(self) -> Obj | None:
        return self._world.objects.get("Node", "", self._node.name)


def _event(condition: Obj) -> str:
    if condition["type"] == "Ready":
        return "NodeReady" if condition["status"] == "True" else "NodeNotReady"
    return PRESSURES[condition["type"]][condition["status"] == "True"][2]


def _since(before: Obj | None, status: str) -> str | None:
    if before is None or before["status"] != status:
        return None
    return str(before["lastTransitionTime"])


def _is_ready(node: Obj) -> bool:
    conditions = (node.get("status") or {}).get("conditions") or []
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _touch(node: Obj, at: str) -> None:
    for condition in node["status"]["conditions"]:
        condition["lastHeartbeatTime"] = at
