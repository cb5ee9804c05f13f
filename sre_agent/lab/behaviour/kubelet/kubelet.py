"""The kubelets of all nodes: give every bound pod a worker, and tell the workers what has changed around them."""

from __future__ import annotations

from functools import partial

from sre_agent.lab.behaviour import frozen
from sre_agent.lab.behaviour.kubelet.adoption import adopt
from sre_agent.lab.behaviour.kubelet.node import Node, has_kubelet
from sre_agent.lab.behaviour.kubelet.worker import PodWorker
from sre_agent.lab.kubernetes.store import Change, Obj
from sre_agent.lab.world import World

REACTION_SECONDS = 0.01  # from a change in the API to the kubelet's first step
FACTS_SECONDS = 1.0  # how often changed image behaviour is noticed


def start(world: World) -> None:
    """Run the pods of this world from now on."""
    kubelet = _Kubelets(world)
    world.objects.subscribe(kubelet.on_change)
    world.clock.every(FACTS_SECONDS, kubelet.look_at_images)
    frozen.on_thaw(world, kubelet.consider_all)
    kubelet.consider_all(world.objects.all("Pod"))


class _Kubelets:
    def __init__(self, world: World) -> None:
        self._world = world
        self._workers: dict[tuple[str, str], PodWorker] = {}
        self._nodes: dict[str, Node] = {}
        self._images = dict(world.images)

    def on_change(self, change: Change) -> None:
        kind = change.object["kind"]
        if kind == "Pod":
            self._on_pod(change)
        elif kind == "Node" and has_kubelet(change.object) and not has_kubelet(change.before):
            name = change.object["metadata"]["name"]
            self.consider_all([p for p in self._world.objects.all("Pod") if p["spec"].get("nodeName") == name])

    def _on_pod(self, change: Change) -> None:
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
            worker = self._workers[(namespace, name)] = PodWorker(self._world, self._node(pod["spec"]["nodeName"]), pod)
            past = pod.get("status", {}).get("containerStatuses")
            work = adopt(worker) if past else True
            if work and not pod["metadata"].get("deletionTimestamp"):
                worker.pace.sync()
        if pod["metadata"].get("deletionTimestamp"):
            worker.terminate()

    def _is_ours(self, pod: Obj) -> bool:
        node = self._world.objects.get("Node", "", pod["spec"]["nodeName"])
        return has_kubelet(node) and not frozen.is_frozen(self._world, pod)

    def _node(self, name: str) -> Node:
        if name not in self._nodes:
            self._nodes[name] = Node(self._world, name, len(self._nodes) + 1)
        return self._nodes[name]

    def look_at_images(self) -> None:
        """The behaviour of images is plain data that changes without a message: compare."""
        if self._images != self._world.images:
            self._images = dict(self._world.images)
            for worker in list(self._workers.values()):
                worker.behave()


def _intent(pod: Obj) -> tuple[object, ...]:
    """What the API may ask of a kubelet after a pod was bound."""
    meta = pod["metadata"]
    return (
        meta["uid"],
        pod["spec"].get("nodeName"),
        meta.get("deletionTimestamp"),
        meta.get("deletionGracePeriodSeconds"),
        bool(meta.get("finalizers")),
    )
