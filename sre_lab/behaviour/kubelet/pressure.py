"""How much of a node's memory, disk and process ids is left, and which of its pods would have to go first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from sre_lab.behaviour.kubelet.node import KubeletNode
from sre_lab.behaviour.kubelet.process import number, profile_of
from sre_lab.behaviour.kubelet.storage import EPHEMERAL, binary, disk_usage, growth_now, request_of
from sre_lab.behaviour.kubelet.usage import memory_limit, pod_usage
from sre_lab.behaviour.kubelet.worker import PodWorker
from sre_lab.kubernetes.priority_classes import CRITICAL
from sre_lab.kubernetes.quantities import parse
from sre_lab.objects.store import Obj
from sre_lab.world import World

MEMORY_THRESHOLD = 100 * 1024 * 1024  # memory.available<100Mi
SHARE = 0.1  # nodefs.available<10%, pid.available<10%
IDLE_PROCESSES = 16  # of a pod that says nothing about its processes


@dataclass(frozen=True)
class NodeResource:
    """One thing that a node can run out of. `available` and `threshold` in bytes or pieces."""

    name: str  # as texts name it
    condition: str
    capacity: float
    available: float
    threshold: float

    @property
    def short(self) -> bool:
        return self.available < self.threshold


class NodeResources:
    """The resources of one node and what its pods take of them now."""

    def __init__(self, world: World, node: KubeletNode, workers: list[PodWorker]) -> None:
        self._world = world
        self._node = node
        self._workers = workers

    def resources(self) -> list[NodeResource]:
        """Memory, disk, processes, in the order in which the kubelet deals with them."""
        facts = self._node.facts
        memory = self._memory()
        disk, processes = number(facts.disk), float(facts.processes)
        left = (
            memory - number(facts.memory_used) - sum(map(self.memory, self._workers)),
            disk - number(facts.disk_used) - sum(map(self.disk, self._workers)),
            processes - facts.processes_used - sum(map(self.processes, self._workers)),
        )
        return [
            NodeResource("memory", "MemoryPressure", memory, left[0], MEMORY_THRESHOLD),
            NodeResource(EPHEMERAL, "DiskPressure", disk, left[1], disk * SHARE),
            NodeResource("pids", "PIDPressure", processes, left[2], processes * SHARE),
        ]

    def may_run_short(self) -> bool:
        """Whether the pods could ever press the node or pass a limit of their own; most nodes' pods cannot."""
        facts = self._node.facts
        free = self._memory() - number(facts.memory_used) - MEMORY_THRESHOLD
        if number(facts.disk) - number(facts.disk_used) < number(facts.disk) * SHARE:
            return True
        if facts.processes - facts.processes_used < facts.processes * SHARE:
            return True
        most = 0.0
        for worker in self._workers:
            for container in worker.containers():
                profile = profile_of(self._world, container.image)
                if number(profile.disk.start) or number(profile.disk.peak) or number(profile.processes.peak):
                    return True
                memory = profile.memory
                need = inf if number(memory.per_request) else max(number(memory.start), number(memory.peak))
                most += min(need, memory_limit(container.spec) or inf)
        return most > free

    def memory(self, worker: PodWorker) -> float:
        return float(sum(used[1] for used in pod_usage(self._world, worker.pod()).values()))

    def disk(self, worker: PodWorker) -> float:
        return float(disk_usage(worker, self._world.clock.now()).total)

    def processes(self, worker: PodWorker) -> float:
        now = self._world.clock.now()
        processes = [c.process for c in worker.running() if c.process is not None]
        return float(sum(growth_now(p, p.profile.processes, now) or IDLE_PROCESSES for p in processes))

    def eviction_order(self, resource: NodeResource) -> list[PodWorker]:
        """The pods that may go, the first to go first: above their requests, of low priority, by what they take."""
        use: Callable[[PodWorker], float] = {"memory": self.memory, EPHEMERAL: self.disk, "pids": self.processes}[
            resource.name
        ]

        def rank(worker: PodWorker) -> tuple[object, ...]:
            pod, usage = worker.pod(), use(worker)
            above = usage - (request_of(pod, resource.name) if resource.name != "pids" else 0.0)
            return not above > 0, int(pod["spec"].get("priority") or 0), -above, worker.name

        return sorted((w for w in self._workers if not w.finished and not is_critical(w.pod())), key=rank)

    def message(self, resource: NodeResource, worker: PodWorker) -> str:
        """The text on an evicted pod."""
        quantities = (binary(int(resource.threshold)), binary(int(resource.available)))
        if resource.name == "pids":
            quantities = (str(int(resource.threshold)), str(int(resource.available)))
        text = f"The node was low on resource: {resource.name}. "
        text += f"Threshold quantity: {quantities[0]}, available: {quantities[1]}. "
        pod = worker.pod()
        for container in pod["spec"]["containers"]:
            used = self._usage(resource, worker, container["name"])
            request = str(((container.get("resources") or {}).get("requests") or {}).get(resource.name, "0"))
            if used > parse(request):
                text += f"Container {container['name']} was using {binary(used)}, request is {request}, "
                text += f"has larger consumption of {resource.name}. "
        return text

    def _usage(self, resource: NodeResource, worker: PodWorker, container: str) -> int:
        """Bytes of one container; volumes belong to none."""
        if resource.name == "memory":
            return pod_usage(self._world, worker.pod()).get(container, (0, 0))[1]
        if resource.name == EPHEMERAL:
            return disk_usage(worker, self._world.clock.now()).layers.get(container, 0)
        return 0

    def _memory(self) -> float:
        return number(self._node.facts.memory or self._world.cluster.node_memory)


def is_critical(pod: Obj) -> bool:
    return int(pod["spec"].get("priority") or 0) >= CRITICAL
