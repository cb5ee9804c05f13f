"""The kubelet's eviction manager: ends pods that pass their own limits, and pods that press the node.

It looks every ten seconds. A node that runs out of memory between two looks meets the kernel instead.
"""

from __future__ import annotations

from collections.abc import Callable

from sre_lab.behaviour.kubelet.containers import KubeletContainer
from sre_lab.behaviour.kubelet.lifecycle import SIGKILLED
from sre_lab.behaviour.kubelet.node import KubeletNode
from sre_lab.behaviour.kubelet.node_status import NodeReporter
from sre_lab.behaviour.kubelet.pressure import NodeResource, NodeResources, is_critical
from sre_lab.behaviour.kubelet.storage import DiskUsage, disk_usage, exceeded_limit
from sre_lab.behaviour.kubelet.usage import pod_usage
from sre_lab.behaviour.kubelet.worker import PodWorker
from sre_lab.behaviour.tolerations import tolerates
from sre_lab.clock import rfc3339
from sre_lab.kubernetes.pod_defaults import qos_class
from sre_lab.objects.store import Obj
from sre_lab.world import World

LOOK_SECONDS = 10.0
VOLUME_SECONDS = 60.0  # between two walks through the volumes
TRANSITION_SECONDS = 300.0  # --eviction-pressure-transition-period
TERMINATION = "TerminationByKubelet"
MEMORY_TAINT = {"key": "node.kubernetes.io/memory-pressure", "effect": "NoSchedule"}


class EvictionManager:
    """Of one node. `workers` gives the pods that run there now; `look_closer` says that they or their facts changed."""

    def __init__(
        self, world: World, node: KubeletNode, reporter: NodeReporter, workers: Callable[[], list[PodWorker]]
    ) -> None:
        self._world = world
        self._node = node
        self._reporter = reporter
        self._workers = workers
        self._changed = True
        self._watchful = False
        self._met: dict[str, float] = {}  # by condition: when its threshold was last met
        self._volumes: dict[str, DiskUsage] = {}  # by the pod's uid, as last counted
        self._counted = world.clock.now()
        if node.declared:
            world.clock.after(node.offset(LOOK_SECONDS), self._tick)

    def look_closer(self) -> None:
        self._changed = True

    def _tick(self) -> None:
        self._world.clock.after(LOOK_SECONDS, self._tick)
        if not self._node.up:
            return
        if self._changed:
            self._changed = False
            self._watchful = NodeResources(self._world, self._node, self._workers()).may_run_short()
        if self._watchful or self._node.pressures:
            self._look()

    def _look(self) -> None:
        workers = [w for w in self._workers() if not w.finished]
        self._count_volumes(workers)
        stock = NodeResources(self._world, self._node, workers)
        self._out_of_memory(stock, workers)
        short = [resource for resource in stock.resources() if resource.short]
        self._report(short)
        if self._enforce_limits(workers) or not short:
            return
        for resource in short:
            self._reporter.tell("Warning", "EvictionThresholdMet", f"Attempting to reclaim {resource.name}")
            ranked = [w for w in stock.eviction_order(resource) if not w.eviction_message and not w.terminating]
            if ranked:
                message = stock.message(resource, ranked[0])
                ranked[0].evict(message, disruption=(TERMINATION, message))
                return

    def _count_volumes(self, workers: list[PodWorker]) -> None:
        now = self._world.clock.now()
        if now - self._counted >= VOLUME_SECONDS:
            self._counted += (now - self._counted) // VOLUME_SECONDS * VOLUME_SECONDS
            self._volumes = {worker.uid: disk_usage(worker, now) for worker in workers}

    def _enforce_limits(self, workers: list[PodWorker]) -> bool:
        """End what passes a limit of its own; such an end is the pod's doing, no disruption."""
        did_end = False
        for worker in workers:
            now = disk_usage(worker, self._world.clock.now())
            text = exceeded_limit(worker.pod(), self._volumes.get(worker.uid, DiskUsage()), now)
            if text and not worker.eviction_message and not worker.terminating and not is_critical(worker.pod()):
                worker.evict(text)
                did_end = True
        return did_end

    def _report(self, short: list[NodeResource]) -> None:
        now = self._world.clock.now()
        self._met.update({resource.condition: now for resource in short})
        pressures = {kind for kind, at in self._met.items() if now - at < TRANSITION_SECONDS}
        if pressures != self._node.pressures:
            self._node.pressures = pressures
            self._reporter.report()

    def _out_of_memory(self, stock: NodeResources, workers: list[PodWorker]) -> None:
        """The kernel kills what takes the most beyond its request until the rest fits."""
        missing = -next(r.available for r in stock.resources() if r.name == "memory")
        victims = [(w, c) for w in workers for c in w.running()]
        used = {(w.uid, c.name): pod_usage(self._world, w.pod()).get(c.name, (0, 0))[1] for w, c in victims}
        victims.sort(key=lambda v: (_oom_class(v[0].pod()), -used[(v[0].uid, v[1].name)]))
        for worker, container in victims:
            if missing <= 0:
                return
            missing -= used[(worker.uid, container.name)]
            self._kill(worker, container)

    def _kill(self, worker: PodWorker, container: KubeletContainer) -> None:
        process = self._world.random.randint(2000, 60000)
        text = f"System OOM encountered, victim process: {container.name}, pid: {process}"
        self._reporter.tell("Warning", "SystemOOM", text)
        worker.end(container, SIGKILLED, "OOMKilled")


def refusal(node: KubeletNode, pod: Obj) -> str:
    """Why a node under pressure takes no further pod of this kind; empty when it does."""
    if not node.pressures or is_critical(pod):
        return ""
    if node.pressures == {"MemoryPressure"} and (
        qos_class(pod["spec"]) != "BestEffort" or tolerates(pod, MEMORY_TAINT)
    ):
        return ""
    return f"The node had condition: [{' '.join(sorted(node.pressures))}]. "


def reject(world: World, pod: Obj, reason: str, message: str) -> None:
    """The kubelet refuses a pod that was bound to its node: it fails without ever having run."""
    meta = pod["metadata"]
    status: Obj = {"phase": "Failed", "reason": reason, "message": f"Pod was rejected: {message}"}
    status |= {"startTime": rfc3339(world.clock.now()), "qosClass": qos_class(pod["spec"])}
    world.objects.put_status("Pod", meta["namespace"], meta["name"], status)


def _oom_class(pod: Obj) -> int:
    return {"BestEffort": 0, "Burstable": 1}.get(qos_class(pod["spec"]), 2)
