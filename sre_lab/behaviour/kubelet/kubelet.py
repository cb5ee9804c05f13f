"""The kubelets of all nodes: give every bound pod a worker, and tell the workers what has changed around them."""

from __future__ import annotations

from functools import partial

from sre_lab.behaviour import frozen
from sre_lab.behaviour.events import record
from sre_lab.behaviour.kubelet.adoption import adopt
from sre_lab.behaviour.kubelet.eviction import EvictionManager, refusal, reject
from sre_lab.behaviour.kubelet.node import KubeletNode, has_kubelet
from sre_lab.behaviour.kubelet.node_status import NodeReporter
from sre_lab.behaviour.kubelet.pod_status import TERMINAL
from sre_lab.behaviour.kubelet.worker import PodWorker
from sre_lab.kubernetes.lookups import pods_on
from sre_lab.objects.store import Obj, ObjectChange
from sre_lab.world import World

REACTION_SECONDS = 0.01  # from a change in the API to the kubelet's first step
FACTS_SECONDS = 1.0  # how often changed behaviour of images and machines is noticed


def start(world: World) -> None:
    """Run the pods of this world from now on."""
    kubelet = _Kubelets(world)
    world.objects.subscribe(kubelet.on_change)
    world.clock.every(FACTS_SECONDS, kubelet.look_at_facts)
    frozen.on_thaw(world, kubelet.consider_all)
    kubelet.consider_all(world.objects.all("Pod"))


class _Kubelets:
    def __init__(self, world: World) -> None:
        self._world = world
        self._workers: dict[tuple[str, str], PodWorker] = {}
        self._nodes: dict[str, KubeletNode] = {}
        self._reporters: dict[str, NodeReporter] = {}
        self._managers: dict[str, EvictionManager] = {}
        self._images = dict(world.images)
        self._cluster = world.cluster
        for node in world.objects.all("Node"):
            self._node(node["metadata"]["name"])

    def on_change(self, change: ObjectChange) -> None:
        kind = change.object["kind"]
        if kind == "Pod":
            self._on_pod(change)
        elif kind == "Node" and change.type != "DELETED":
            name = change.object["metadata"]["name"]
            self._node(name)
            if has_kubelet(change.object) and not has_kubelet(change.before):
                self.consider_all(pods_on(self._world.objects, name))

    def _on_pod(self, change: ObjectChange) -> None:
        meta = change.object["metadata"]
        if change.type == "DELETED":
            worker = self._workers.get((meta["namespace"], meta["name"]))
            if worker is not None and worker.uid == meta["uid"]:
                del self._workers[(meta["namespace"], meta["name"])]
                worker.forget()
            else:
                self._world.containers.drop_pod(meta["namespace"], meta["name"])
        elif change.before is None or _intent(change.object) != _intent(change.before):
            self._consider_soon(change.object)

    def consider_all(self, objects: list[Obj]) -> None:
        for obj in objects:
            if obj["kind"] == "Pod":
                self._consider_soon(obj)

    def _consider_soon(self, pod: Obj) -> None:
        if pod["spec"].get("nodeName"):
            meta = pod["metadata"]
            self._world.clock.after(REACTION_SECONDS, partial(self._consider, meta.get("namespace", ""), meta["name"]))

    def _consider(self, namespace: str, name: str) -> None:
        pod = self._world.objects.get("Pod", namespace, name)
        if pod is None or not self._is_ours(pod):
            return
        worker = self._workers.get((namespace, name))
        if worker is None or worker.uid != pod["metadata"]["uid"]:
            past = pod.get("status", {}).get("containerStatuses")
            if not past and not self._takes(pod):
                return
            worker = self._workers[(namespace, name)] = PodWorker(self._world, self._node(pod["spec"]["nodeName"]), pod)
            self._managers[worker.node.name].look_closer()
            work = adopt(worker) if past else True
            if work and not pod["metadata"].get("deletionTimestamp"):
                worker.pace.sync()
        if pod["metadata"].get("deletionTimestamp"):
            worker.terminate()
        elif pod["spec"].get("ephemeralContainers"):
            worker.debug()

    def _takes(self, pod: Obj) -> bool:
        """Whether the node admits a pod that is new to it; a pod that it refused before stays refused."""
        if pod.get("status", {}).get("phase") in TERMINAL:
            return False
        problem = refusal(self._node(pod["spec"]["nodeName"]), pod)
        if problem:
            host = pod["spec"]["nodeName"]
            record(self._world, pod, "Warning", "Evicted", problem, component="kubelet", host=host)
            reject(self._world, pod, "Evicted", problem)
        return not problem

    def _is_ours(self, pod: Obj) -> bool:
        node = self._world.objects.get("Node", "", pod["spec"]["nodeName"])
        up = has_kubelet(node) and self._node(pod["spec"]["nodeName"]).up
        return up and not frozen.is_frozen(self._world, pod)

    def _node(self, name: str) -> KubeletNode:
        if name not in self._nodes:
            node = self._nodes[name] = KubeletNode(self._world, name, len(self._nodes) + 1)
            reporter = self._reporters[name] = NodeReporter(self._world, node, from_scenario=node.declared)
            self._managers[name] = EvictionManager(self._world, node, reporter, partial(self._workers_on, name))
        return self._nodes[name]

    def _workers_on(self, node: str) -> list[PodWorker]:
        keys = ((p["metadata"]["namespace"], p["metadata"]["name"]) for p in pods_on(self._world.objects, node))
        return [self._workers[key] for key in keys if key in self._workers]

    def look_at_facts(self) -> None:
        """The behaviour of images and machines is plain data that changes without a message: compare."""
        if self._cluster is not self._world.cluster:
            self._cluster = self._world.cluster
            for node in list(self._nodes.values()):
                self._follow(node)
        if self._images != self._world.images:
            self._images = dict(self._world.images)
            for worker in list(self._workers.values()):
                worker.behave()
            for manager in self._managers.values():
                manager.look_closer()

    def _follow(self, node: KubeletNode) -> None:
        """Stop or start the kubelet of the machine, as its facts have it, and report what they changed."""
        self._managers[node.name].look_closer()
        up = node.facts.kubelet == "up"
        reporter = self._reporters[node.name]
        if up == node.up:
            reporter.report()
            return
        node.up = up
        workers = self._workers_on(node.name)
        if not up:
            for worker in workers:
                worker.halt()
            return
        reporter.register()
        for worker in workers:
            worker.wake()
        self.consider_all(pods_on(self._world.objects, node.name))


def _intent(pod: Obj) -> tuple[object, ...]:
    """What the API may ask of a kubelet after a pod was bound."""
    meta = pod["metadata"]
    return (
        meta["uid"],
        pod["spec"].get("nodeName"),
        meta.get("deletionTimestamp"),
        meta.get("deletionGracePeriodSeconds"),
        bool(meta.get("finalizers")),
        len(pod["spec"].get("ephemeralContainers") or ()),
    )
