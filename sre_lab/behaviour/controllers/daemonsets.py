"""The DaemonSet controller: one pod on every node that takes it."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from sre_lab.behaviour.controllers import controller_revisions
from sre_lab.behaviour.controllers.controller import Controller
from sre_lab.behaviour.controllers.node_fit import fits_by_rules, may_stay
from sre_lab.behaviour.controllers.pods import create_pod, is_active, is_ready, phase
from sre_lab.behaviour.controllers.rolling_update import share
from sre_lab.behaviour.ownership import owned_objects
from sre_lab.kubernetes.admission import AdmissionError
from sre_lab.objects.store import Obj, ObjectChange
from sre_lab.world import World

REVISION = controller_revisions.POD_LABEL
GENERATION = "pod-template-generation"
TOLERATED = (
    ("not-ready", "NoExecute"),
    ("unreachable", "NoExecute"),
    ("disk-pressure", "NoSchedule"),
    ("memory-pressure", "NoSchedule"),
    ("pid-pressure", "NoSchedule"),
    ("unschedulable", "NoSchedule"),
)


FIRST_PAUSE_SECONDS = 1.0  # before a failed pod is replaced again; doubles
LONGEST_PAUSE_SECONDS = 900.0


@dataclass
class _Pause:
    """How long the next failed pod of one node has to wait, counted from the last one's removal."""

    length: float
    since: float


class DaemonSetController(Controller):
    kind = "DaemonSet"
    component = "daemonset-controller"

    def __init__(self, world: World) -> None:
        self._pauses: dict[tuple[str, str], _Pause] = {}  # by the set's uid and the node
        super().__init__(world)

    def on_change(self, change: ObjectChange) -> None:
        super().on_change(change)
        if change.object["kind"] == "Node" and (
            change.before is None or change.before["spec"] != change.object["spec"]
        ):
            for daemon_set in self.world.objects.all("DaemonSet"):
                self.add(daemon_set)

    def sync(self, obj: Obj) -> None:
        template = _daemon_template(obj)
        node_names = [n["metadata"]["name"] for n in self.world.objects.all("Node") if fits_by_rules(template, n)]
        if not obj["metadata"].get("deletionTimestamp"):
            self.adopt_orphans(obj)
        pods = owned_objects(self.world.objects, "Pod", obj)
        revision = controller_revisions.hash_of(controller_revisions.keep(self.world, obj, pods))
        if not obj["metadata"].get("deletionTimestamp"):
            self._place(obj, template, node_names, pods, revision)
        self._write_status(obj, node_names, revision)
        hashes = {revision, *(str(pod["metadata"]["labels"].get(REVISION)) for pod in pods)}
        controller_revisions.forget_old(self.world, obj, {f"{obj['metadata']['name']}-{one}" for one in hashes})

    def _place(self, obj: Obj, template: Obj, node_names: list[str], pods: list[Obj], revision: str) -> None:
        there = {_target(pod): pod for pod in pods}
        labels = {REVISION: revision, GENERATION: str(obj["metadata"].get("generation", 1))}
        for node in node_names:
            if node not in there:
                try:
                    pod = create_pod(self.world, obj, _bound_to(template, node), labels=labels)
                except AdmissionError as refusal:
                    self.tell(obj, "Warning", "FailedCreate", f"Error creating: {refusal}")
                    self.queue.retry(obj["metadata"]["namespace"], obj["metadata"]["name"])
                    break
                self.tell(obj, "Normal", "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}")
        self._replace_finished(obj, pods)
        staying = {n["metadata"]["name"] for n in self.world.objects.all("Node") if may_stay(template, n)}
        leaving = [pod for node, pod in there.items() if node not in node_names and node not in staying]
        stale = [p for p in pods if is_active(p) and p["metadata"]["labels"].get(REVISION) != revision]
        strategy = obj["spec"].get("updateStrategy") or {}
        if strategy.get("type", "RollingUpdate") == "RollingUpdate":
            unready = [p for p in stale if not is_ready(p)]
            allowed = share((strategy.get("rollingUpdate") or {}).get("maxUnavailable", 1), len(node_names), up=True)
            missing = len(node_names) - sum(is_ready(p) for p in pods if is_active(p))
            leaving += unready or stale[: max(0, allowed - missing)]
        for pod in leaving:
            if not pod["metadata"].get("deletionTimestamp"):
                self.tell(obj, "Normal", "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}")
                self.delete(pod)

    def _replace_finished(self, obj: Obj, pods: list[Obj]) -> None:
        """Remove pods that ended; where one after the other fails, with growing pauses."""
        for pod in pods:
            meta, node, now = pod["metadata"], _target(pod), self.world.clock.now()
            if phase(pod) not in ("Failed", "Succeeded") or meta.get("deletionTimestamp"):
                continue
            pod_name = f"{meta['namespace']}/{meta['name']} on node {node}"
            if phase(pod) == "Succeeded":
                text = f"Found succeeded daemon pod {pod_name}, will try to delete it"
                self.tell(obj, "Normal", "SucceededDaemonPod", text)
            elif (left := self._pause_left(obj, node)) > 0:
                self.add(obj, delay=left)
                continue
            else:
                text = f"Found failed daemon pod {pod_name}, will try to kill it"
                self.tell(obj, "Warning", "FailedDaemonPod", text)
                pause = self._pauses.get((obj["metadata"]["uid"], node))
                fresh = pause is None or now - pause.since > 2 * LONGEST_PAUSE_SECONDS
                length = FIRST_PAUSE_SECONDS if pause is None or fresh else min(pause.length * 2, LONGEST_PAUSE_SECONDS)
                self._pauses[(obj["metadata"]["uid"], node)] = _Pause(length, now)
            self.tell(obj, "Normal", "SuccessfulDelete", f"Deleted pod: {meta['name']}")
            self.delete(pod)

    def _pause_left(self, obj: Obj, node: str) -> float:
        pause = self._pauses.get((obj["metadata"]["uid"], node))
        return pause.since + pause.length - self.world.clock.now() if pause else 0.0

    def _write_status(self, obj: Obj, node_names: list[str], revision: str) -> None:
        pods = [p for p in owned_objects(self.world.objects, "Pod", obj) if is_active(p)]
        on_time = [p for p in pods if _target(p) in node_names]
        ready = sum(is_ready(p) for p in on_time)
        counts = {
            "currentNumberScheduled": len(on_time),
            "numberMisscheduled": len(pods) - len(on_time),
            "desiredNumberScheduled": len(node_names),
            "numberReady": ready,
        }
        optional = {
            "observedGeneration": obj["metadata"].get("generation", 1),
            "updatedNumberScheduled": sum(p["metadata"]["labels"].get(REVISION) == revision for p in on_time),
            "numberAvailable": ready,
            "numberUnavailable": len(node_names) - ready,
        }
        self.put_status(obj, counts | {key: value for key, value in optional.items() if value})


def _daemon_template(obj: Obj) -> Obj:
    template: Obj = copy.deepcopy(obj["spec"]["template"])
    tolerations = template["spec"].setdefault("tolerations", [])
    for condition, effect in TOLERATED:
        tolerations.append({"effect": effect, "key": f"node.kubernetes.io/{condition}", "operator": "Exists"})
    return template


def _bound_to(template: Obj, node: str) -> Obj:
    bound = copy.deepcopy(template)
    field = {"key": "metadata.name", "operator": "In", "values": [node]}
    affinity = bound["spec"].setdefault("affinity", {}).setdefault("nodeAffinity", {})
    required = affinity.setdefault("requiredDuringSchedulingIgnoredDuringExecution", {})
    terms = required.get("nodeSelectorTerms") or [{}]
    required["nodeSelectorTerms"] = [{**term, "matchFields": [field]} for term in terms]
    return bound


def _target(pod: Obj) -> str:
    """The node a daemon pod is meant for, bound or not."""
    if pod["spec"].get("nodeName"):
        return str(pod["spec"]["nodeName"])
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    for term in required.get("nodeSelectorTerms") or []:
        for rule in term.get("matchFields") or []:
            return str(rule["values"][0])
    return ""
