"""The ReplicaSet controller: as many pods as asked for, no more, no less."""

from __future__ import annotations

from sre_lab.behaviour.controllers.controller import Controller
from sre_lab.behaviour.controllers.deletion_order import deletion_order
from sre_lab.behaviour.controllers.pods import available_at, condition, create_pod, is_active, phase
from sre_lab.behaviour.ownership import owned_objects, owner_object
from sre_lab.clock import rfc3339
from sre_lab.kubernetes.admission import AdmissionError
from sre_lab.objects.store import Obj, ObjectChange

POD_PARTS = ("uid", "labels", "annotations", "ownerReferences", "deletionTimestamp")


class ReplicaSetController(Controller):
    kind = "ReplicaSet"
    component = "replicaset-controller"

    def on_change(self, change: ObjectChange) -> None:
        obj = change.object
        if obj["kind"] != "Pod" or _counts(change):
            super().on_change(change)
        if obj["kind"] == "ResourceQuota" and change.type != "ADDED":
            for replica_set in self.world.objects.all("ReplicaSet", obj["metadata"]["namespace"]):
                self.add(replica_set)

    def sync(self, obj: Obj) -> None:
        pods = [pod for pod in owned_objects(self.world.objects, "Pod", obj) if is_active(pod)]
        problem = ""
        if not obj["metadata"].get("deletionTimestamp"):
            pods, problem = self._match_count(obj, pods)
        self._write_status(obj, pods, problem)
        if problem:
            self.queue.retry(obj["metadata"]["namespace"], obj["metadata"]["name"])
        else:
            self.queue.forget(obj["metadata"]["namespace"], obj["metadata"]["name"])
        self._come_back(obj, pods)

    def _match_count(self, replica_set: Obj, pods: list[Obj]) -> tuple[list[Obj], str]:
        """Create or delete pods; the pods that remain and the text of a refused creation."""
        desired = int(replica_set["spec"].get("replicas", 1))
        problem = ""
        pods = pods + self.adopt_orphans(replica_set)
        while len(pods) < desired and not problem:
            try:
                pod = create_pod(self.world, replica_set, replica_set["spec"]["template"])
            except AdmissionError as refusal:
                problem = str(refusal)
                self.tell(replica_set, "Warning", "FailedCreate", f"Error creating: {problem}")
                break
            pods.append(pod)
            self.tell(replica_set, "Normal", "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}")
        excess = max(0, len(pods) - desired)
        surplus = deletion_order(pods, self._siblings(replica_set), self.world.clock.now())[:excess] if excess else []
        for pod in surplus:
            self.tell(replica_set, "Normal", "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}")
            self.delete(pod)
        surplus_names = {pod["metadata"]["name"] for pod in surplus}
        return [pod for pod in pods if pod["metadata"]["name"] not in surplus_names], problem

    def _siblings(self, replica_set: Obj) -> list[Obj]:
        """Active pods of all ReplicaSets of the same owner: how full each node is with this application."""
        owner = owner_object(self.world.objects, replica_set)
        replica_sets = [replica_set] if owner is None else owned_objects(self.world.objects, "ReplicaSet", owner)
        return [pod for one in replica_sets for pod in owned_objects(self.world.objects, "Pod", one) if is_active(pod)]

    def _write_status(self, replica_set: Obj, pods: list[Obj], problem: str) -> None:
        wanted_labels = replica_set["spec"]["template"].get("metadata", {}).get("labels") or {}
        now = self.world.clock.now()
        wait = float(replica_set["spec"].get("minReadySeconds", 0))
        moments = [at for pod in pods if (at := available_at(pod, wait)) is not None]  # of the ready ones
        counts = {
            "replicas": len(pods),
            "fullyLabeledReplicas": sum(
                wanted_labels.items() <= (pod["metadata"].get("labels") or {}).items() for pod in pods
            ),
            "readyReplicas": len(moments),
            "availableReplicas": sum(at <= now for at in moments),
        }
        status: Obj = {key: value for key, value in counts.items() if value or key == "replicas"}
        status["observedGeneration"] = replica_set["metadata"].get("generation", 1)
        conditions = self._conditions(replica_set, problem)
        if conditions:
            status["conditions"] = conditions
        self.put_status(replica_set, status)

    def _conditions(self, replica_set: Obj, problem: str) -> list[Obj]:
        old: list[Obj] = (replica_set.get("status") or {}).get("conditions") or []
        others = [c for c in old if c["type"] != "ReplicaFailure"]
        if not problem:
            return others
        failures = [c for c in old if c["type"] == "ReplicaFailure"]
        if failures:
            return old
        failure = {"type": "ReplicaFailure", "status": "True", "lastTransitionTime": rfc3339(self.world.clock.now())}
        return [*others, {**failure, "reason": "FailedCreate", "message": problem}]

    def _come_back(self, replica_set: Obj, pods: list[Obj]) -> None:
        """A ready pod becomes available by time alone when minReadySeconds asks for it."""
        wait = float(replica_set["spec"].get("minReadySeconds", 0))
        if not wait:
            return
        now = self.world.clock.now()
        due = [at - now for pod in pods if (at := available_at(pod, wait)) is not None and at > now]
        if due:
            self.add(replica_set, delay=min(due))


def _counts(change: ObjectChange) -> bool:
    """Whether a change of a pod makes a difference to its ReplicaSet."""
    if change.type != "MODIFIED" or change.before is None:
        return True
    return _standing(change.before) != _standing(change.object)


def _standing(pod: Obj) -> tuple[object, ...]:
    meta = pod["metadata"]
    return phase(pod), condition(pod, "Ready"), *(meta.get(part) for part in POD_PARTS)
