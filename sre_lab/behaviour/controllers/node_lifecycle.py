"""The node lifecycle controller: notices nodes that went silent, and says by taints what is wrong with a node.

It sees nodes only through their leases and conditions, so it learns of a dead kubelet after its grace period.
"""

from __future__ import annotations

from dataclasses import dataclass

from sre_lab.behaviour import frozen
from sre_lab.behaviour.controllers.queue import WorkQueue
from sre_lab.behaviour.events import record
from sre_lab.behaviour.nodes import LEASES
from sre_lab.clock import rfc3339
from sre_lab.kubernetes.lookups import pods_on
from sre_lab.objects.store import Obj, ObjectChange
from sre_lab.world import World

COMPONENT = "node-controller"
MONITOR_SECONDS = 5.0  # --node-monitor-period
GRACE_SECONDS = 40.0  # --node-monitor-grace-period
WATCHED = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
SILENT = ("NodeStatusUnknown", "Kubelet stopped posting node status.")
NEVER_HEARD = ("NodeStatusNeverUpdated", "Kubelet never posted node status.")
PREFIX = "node.kubernetes.io/"
NOT_READY, UNREACHABLE = PREFIX + "not-ready", PREFIX + "unreachable"
BY_CONDITION = {
    "MemoryPressure": PREFIX + "memory-pressure",
    "DiskPressure": PREFIX + "disk-pressure",
    "PIDPressure": PREFIX + "pid-pressure",
    "NetworkUnavailable": PREFIX + "network-unavailable",
}
UNSCHEDULABLE = PREFIX + "unschedulable"
OURS = {NOT_READY, UNREACHABLE, UNSCHEDULABLE, *BY_CONDITION.values()}


@dataclass
class _Heartbeat:
    """The last sign of life of a node and when it was noticed, by this controller's clock."""

    text: tuple[str, str]
    noticed: float


class NodeLifecycleController:
    """Nodes of a recording stay as they are until their spec changes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._signs: dict[str, _Heartbeat] = {}
        self._left_alone = {node["metadata"]["name"] for node in world.objects.all("Node")} if world.frozen else set()
        self._queue = WorkQueue(world.clock, lambda _, name: self._taint(name))
        world.objects.subscribe(self._on_change)
        world.clock.every(MONITOR_SECONDS, self._monitor)

    def _on_change(self, change: ObjectChange) -> None:
        if change.object["kind"] != "Node":
            return
        name = change.object["metadata"]["name"]
        if change.type == "DELETED":
            self._tell(change.object, "RemovingNode", f"Node {name} event: Removing Node {name} from Controller")
            self._signs.pop(name, None)
            return
        if change.before is None:
            self._tell(change.object, "RegisteredNode", f"Node {name} event: Registered Node {name} in Controller")
        elif change.before["spec"] is not change.object["spec"]:
            self._left_alone.discard(name)
        if change.before is None or _taint_inputs(change.before) != _taint_inputs(change.object):
            self._queue.add("", name)

    def _monitor(self) -> None:
        for node in self._world.objects.all("Node"):
            name = node["metadata"]["name"]
            if name in self._left_alone:
                continue
            if self._silent_for(node) > GRACE_SECONDS:
                self._give_up(node)
            elif _status(node, "Ready") != "True":
                self._put_pods_out_of_service(node)
        self._evict()

    def _silent_for(self, node: Obj) -> float:
        """Seconds since this controller noticed the last renewal of the lease or the status."""
        name, now = node["metadata"]["name"], self._world.clock.now()
        lease = self._world.objects.get("Lease", LEASES, name) or {"spec": {}}
        ready = _condition(node, "Ready") or {}
        text = (lease["spec"].get("renewTime", ""), ready.get("lastHeartbeatTime", ""))
        heartbeat = self._signs.get(name)
        if heartbeat is None or heartbeat.text != text:
            self._signs[name] = _Heartbeat(text, now)
            return 0.0
        return now - heartbeat.noticed

    def _give_up(self, node: Obj) -> None:
        """Nothing is known of the node any more: its conditions say so."""
        was_ready = _status(node, "Ready") == "True"
        if any(_status(node, kind) != "Unknown" for kind in WATCHED):
            at = rfc3339(self._world.clock.now())

            def change(new: Obj) -> None:
                by_type = {c["type"]: c for c in new.setdefault("status", {}).get("conditions") or []}
                for kind in WATCHED:
                    by_type[kind] = _unknown(kind, by_type.get(kind), at)
                new["status"]["conditions"] = list(by_type.values())

            node = self._world.objects.edit("Node", "", node["metadata"]["name"], change)
        if was_ready:
            name = node["metadata"]["name"]
            self._tell(node, "NodeNotReady", f"Node {name} status is now: NodeNotReady")
        self._put_pods_out_of_service(node)

    def _put_pods_out_of_service(self, node: Obj) -> None:
        """No traffic for pods of which nobody can say how they are."""
        at = rfc3339(self._world.clock.now())
        for pod in pods_on(self._world.objects, node["metadata"]["name"]):
            ready = _condition(pod, "Ready")
            if ready is None or ready["status"] != "True" or frozen.is_frozen(self._world, pod):
                continue

            def change(new: Obj) -> None:
                for condition in new["status"]["conditions"]:
                    if condition["type"] == "Ready":
                        condition.update(status="False", lastTransitionTime=at)

            meta = pod["metadata"]
            changed = self._world.objects.edit("Pod", meta["namespace"], meta["name"], change)
            record(self._world, changed, "Warning", "NodeNotReady", "Node is not ready", component=COMPONENT)

    def _taint(self, name: str) -> None:
        """NoSchedule taints follow the conditions and the cordon at once."""
        node = self._world.objects.get("Node", "", name)
        if node is None or name in self._left_alone:
            return
        keys = {key for kind, key in BY_CONDITION.items() if _status(node, kind) == "True"}
        if node["spec"].get("unschedulable"):
            keys.add(UNSCHEDULABLE)
        state = _status(node, "Ready")
        if state != "True":
            keys.add(NOT_READY if state == "False" else UNREACHABLE)
        self._put_taints(node, "NoSchedule", keys, OURS)

    def _evict(self) -> None:
        """NoExecute taints for nodes that are not ready, unless none is: then the fault is taken to be elsewhere."""
        nodes = [n for n in self._world.objects.all("Node") if n["metadata"]["name"] not in self._left_alone]
        some_ready = any(_status(node, "Ready") == "True" for node in nodes)
        for node in nodes:
            state = _status(node, "Ready")
            key = {"True": "", "False": NOT_READY}.get(state, UNREACHABLE)
            has_taint = any(t["key"] == key and t["effect"] == "NoSchedule" for t in node["spec"].get("taints") or [])
            keys = {key} if key and some_ready and has_taint else set()
            if has_taint or not key:
                self._put_taints(node, "NoExecute", keys, {NOT_READY, UNREACHABLE})

    def _put_taints(self, node: Obj, effect: str, keys: set[str], ours: set[str]) -> None:
        taints: list[Obj] = node["spec"].get("taints") or []
        mine = {t["key"] for t in taints if t["effect"] == effect and t["key"] in ours}
        if mine == keys:
            return
        at = rfc3339(self._world.clock.now())
        remaining = [t for t in taints if t["effect"] != effect or t["key"] not in ours or t["key"] in keys]
        remaining += [{"key": key, "effect": effect, "timeAdded": at} for key in sorted(keys - mine)]

        def change(new: Obj) -> None:
            new["spec"].pop("taints", None)
            if remaining:
                new["spec"]["taints"] = remaining

        self._world.objects.edit("Node", "", node["metadata"]["name"], change)

    def _tell(self, node: Obj, reason: str, message: str) -> None:
        record(self._world, node, "Normal", reason, message, component=COMPONENT)


def _condition(obj: Obj, kind: str) -> Obj | None:
    conditions: list[Obj] = (obj.get("status") or {}).get("conditions") or []
    return next((c for c in conditions if c["type"] == kind), None)


def _status(obj: Obj, kind: str) -> str:
    return str((_condition(obj, kind) or {}).get("status", "Unknown"))


def _taint_inputs(node: Obj) -> tuple[object, ...]:
    """What about a node decides its taints."""
    states = [(c["type"], c["status"]) for c in (node.get("status") or {}).get("conditions") or []]
    return states, node["spec"].get("unschedulable"), node["spec"].get("taints")


def _unknown(kind: str, before: Obj | None, at: str) -> Obj:
    reason, message = SILENT if before is not None else NEVER_HEARD
    old = before or {"type": kind, "lastHeartbeatTime": at}
    since = old["lastTransitionTime"] if old.get("status") == "Unknown" else at
    return {**old, "status": "Unknown", "lastTransitionTime": since, "reason": reason, "message": message}
