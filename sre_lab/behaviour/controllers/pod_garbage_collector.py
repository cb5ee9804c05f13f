"""The pod garbage collector: pods whose node is not in the cluster end, since no kubelet will ever end them."""

from __future__ import annotations

from sre_lab.behaviour import frozen
from sre_lab.kubernetes import deletion, disruptions
from sre_lab.kubernetes.lookups import pods_on
from sre_lab.objects.store import ObjectChange
from sre_lab.world import World

QUARANTINE_SECONDS = 40.0
LOOK_SECONDS = 20.0


class PodGarbageCollector:
    def __init__(self, world: World) -> None:
        self._world = world
        world.objects.subscribe(self._on_change)

    def _on_change(self, change: ObjectChange) -> None:
        obj = change.object
        if obj["kind"] == "Node" and change.type == "DELETED":
            self._collect_later(obj["metadata"]["name"])
        elif obj["kind"] == "Pod" and change.type == "ADDED":
            name = obj["spec"].get("nodeName")
            if name and self._world.objects.get("Node", "", name) is None:
                self._collect_later(name)

    def _collect_later(self, node: str) -> None:
        self._world.clock.after(QUARANTINE_SECONDS + LOOK_SECONDS, lambda: self._collect(node))

    def _collect(self, node: str) -> None:
        if self._world.objects.get("Node", "", node) is not None:
            return
        for pod in pods_on(self._world.objects, node):
            meta, phase = pod["metadata"], (pod.get("status") or {}).get("phase")
            if frozen.is_frozen(self._world, pod):
                continue
            if phase not in ("Succeeded", "Failed"):
                disruptions.mark(self._world, pod, disruptions.BY_POD_COLLECTOR)
                self._world.objects.edit(
                    "Pod", meta["namespace"], meta["name"], lambda new: new["status"].update(phase="Failed")
                )
            deletion.delete(self._world, "Pod", meta["namespace"], meta["name"], grace=0)
