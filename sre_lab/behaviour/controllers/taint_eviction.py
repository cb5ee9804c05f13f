"""The taint eviction controller: pods leave a node with a NoExecute taint when they no longer tolerate it."""

from __future__ import annotations

from sre_lab.behaviour import frozen
from sre_lab.behaviour.events import record
from sre_lab.behaviour.tolerations import tolerates
from sre_lab.clock import ScheduledAction
from sre_lab.kubernetes import deletion, disruptions
from sre_lab.kubernetes.lookups import pods_on
from sre_lab.objects.store import Obj, ObjectChange
from sre_lab.world import World

COMPONENT = "taint-eviction-controller"
REACTION_SECONDS = 0.01


class TaintEvictionController:
    def __init__(self, world: World) -> None:
        self._world = world
        self._planned: dict[str, ScheduledAction] = {}  # by the pod's uid
        world.objects.subscribe(self._on_change)

    def _on_change(self, change: ObjectChange) -> None:
        obj, before = change.object, change.before
        if obj["kind"] == "Node" and change.type != "DELETED":
            if _ending(obj) != (_ending(before) if before else []):
                for pod in pods_on(self._world.objects, obj["metadata"]["name"]):
                    self._consider(pod, obj)
        elif obj["kind"] == "Pod":
            if change.type == "DELETED":
                self._cancel(obj)
            elif before is None or before["spec"] is not obj["spec"]:
                node = self._world.objects.get("Node", "", obj["spec"].get("nodeName") or "")
                if node is not None:
                    self._consider(obj, node)

    def _consider(self, pod: Obj, node: Obj) -> None:
        """Plan the pod's end, or call it off."""
        taints = _ending(node)
        meta = pod["metadata"]
        if not taints:
            if self._cancel(pod):
                text = f"Cancelling deletion of Pod {meta['namespace']}/{meta['name']}"
                record(self._world, _reference(pod), "Normal", "TaintManagerEviction", text, component=COMPONENT)
            return
        if meta.get("deletionTimestamp") or frozen.is_frozen(self._world, pod):
            return
        if not all(tolerates(pod, taint) for taint in taints):
            self._cancel(pod)
            self._plan(pod, REACTION_SECONDS)
        elif meta["uid"] not in self._planned:
            limits = [seconds for taint in taints if (seconds := _patience(pod, taint)) is not None]
            if limits:
                self._plan(pod, max(REACTION_SECONDS, min(limits)))

    def _plan(self, pod: Obj, delay: float) -> None:
        meta = pod["metadata"]
        self._planned[meta["uid"]] = self._world.clock.after(
            delay, lambda: self._evict(meta["namespace"], meta["name"], meta["uid"])
        )

    def _cancel(self, pod: Obj) -> bool:
        eviction = self._planned.pop(pod["metadata"]["uid"], None)
        if eviction is not None:
            eviction.cancel()
        return eviction is not None

    def _evict(self, namespace: str, name: str, uid: str) -> None:
        self._planned.pop(uid, None)
        pod = self._world.objects.get("Pod", namespace, name)
        if pod is None or pod["metadata"]["uid"] != uid or pod["metadata"].get("deletionTimestamp"):
            return
        text = f"Marking for deletion Pod {namespace}/{name}"
        record(self._world, _reference(pod), "Normal", "TaintManagerEviction", text, component=COMPONENT)
        disruptions.mark(self._world, pod, disruptions.BY_TAINT)
        deletion.delete(self._world, "Pod", namespace, name)


def _ending(node: Obj) -> list[Obj]:
    return [taint for taint in node["spec"].get("taints") or [] if taint["effect"] == "NoExecute"]


def _patience(pod: Obj, taint: Obj) -> float | None:
    """Seconds for which the pod bears a taint that it tolerates; None without an end."""
    seconds = []
    for toleration in pod["spec"].get("tolerations") or []:
        if not tolerates({"spec": {"tolerations": [toleration]}}, taint):
            continue
        if toleration.get("tolerationSeconds") is None:
            return None
        seconds.append(float(toleration["tolerationSeconds"]))
    return min(seconds, default=None)


def _reference(pod: Obj) -> Obj:
    """This controller knows pods by name only: its events carry no uid."""
    return {"kind": "Pod", "metadata": {key: pod["metadata"][key] for key in ("name", "namespace")}}
