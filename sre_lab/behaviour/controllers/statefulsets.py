"""The StatefulSet controller: pods with stable names, created upwards and replaced downwards, one at a time."""

from __future__ import annotations

import copy

from sre_lab.behaviour.controllers import controller_revisions
from sre_lab.behaviour.controllers.controller import Controller
from sre_lab.behaviour.controllers.pods import create_pod, is_ready, phase
from sre_lab.behaviour.controllers.rolling_update import replicas
from sre_lab.behaviour.ownership import owned_objects
from sre_lab.kubernetes.admission import AdmissionError
from sre_lab.kubernetes.defaults import first_status, with_defaults
from sre_lab.objects.store import AlreadyExistsError, Obj

REVISION = controller_revisions.POD_LABEL


class StatefulSetController(Controller):
    kind = "StatefulSet"
    component = "statefulset-controller"

    def sync(self, obj: Obj) -> None:
        if not obj["metadata"].get("deletionTimestamp"):
            self.adopt_orphans(obj)
        pods = {_ordinal(pod): pod for pod in owned_objects(self.world.objects, "Pod", obj)}
        revision = controller_revisions.keep(self.world, obj, list(pods.values()))["metadata"]["name"]
        if not obj["metadata"].get("deletionTimestamp"):
            self._step(obj, pods, revision)
        current = self._write_status(obj, revision)
        in_use = {str(pod["metadata"]["labels"].get(REVISION)) for pod in pods.values()}
        controller_revisions.forget_old(self.world, obj, {revision, current, *in_use})

    def _step(self, obj: Obj, pods: dict[int, Obj], revision: str) -> None:
        """Create what is missing, then remove what is too much, then replace what is outdated."""
        ordered = obj["spec"].get("podManagementPolicy", "OrderedReady") == "OrderedReady"
        desired = replicas(obj)
        for ordinal in range(desired):
            pod = pods.get(ordinal)
            if pod is None:
                self._create(obj, ordinal, revision)
            elif phase(pod) in ("Failed", "Succeeded") and not pod["metadata"].get("deletionTimestamp"):
                self.delete(pod)
            if ordered and (pod is None or not _is_healthy(pod)):
                return
        if any(ordinal not in pods for ordinal in range(desired)):
            return
        surplus = sorted((n for n in pods if n >= desired), reverse=True)
        if surplus:
            self._remove(obj, [pods[n] for n in (surplus[:1] if ordered else surplus)])
            return
        if (obj["spec"].get("updateStrategy") or {}).get("type") == "OnDelete":
            return
        first = _partition(obj)
        for ordinal in range(desired - 1, first - 1, -1):
            if pods[ordinal]["metadata"]["labels"].get(REVISION) != revision:
                self._remove(obj, [pods[ordinal]])
                return
            if not _is_healthy(pods[ordinal]):
                return

    def _create(self, obj: Obj, ordinal: int, revision: str) -> None:
        set_name = obj["metadata"]["name"]
        name = f"{set_name}-{ordinal}"
        revision, template = self._template(obj, ordinal, revision)
        template["spec"].update(hostname=name, subdomain=obj["spec"].get("serviceName", ""))
        for claim in obj["spec"].get("volumeClaimTemplates") or []:
            self._claim(obj, claim, name)
            volume = {"name": claim["metadata"]["name"]}
            volume["persistentVolumeClaim"] = {"claimName": f"{claim['metadata']['name']}-{name}"}
            template["spec"].setdefault("volumes", []).insert(0, volume)
        labels = {
            "apps.kubernetes.io/pod-index": str(ordinal),
            "statefulset.kubernetes.io/pod-name": name,
            REVISION: revision,
        }
        try:
            create_pod(self.world, obj, template, name=name, labels=labels)
        except (AdmissionError, AlreadyExistsError) as problem:
            refusal = f'pods "{name}" already exists' if isinstance(problem, AlreadyExistsError) else problem
            text = f"create Pod {name} in StatefulSet {set_name} failed error: {refusal}"
            self.tell(obj, "Warning", "FailedCreate", text)
            self.queue.retry(obj["metadata"]["namespace"], set_name)
            return
        self.tell(obj, "Normal", "SuccessfulCreate", f"create Pod {name} in StatefulSet {set_name} successful")

    def _template(self, obj: Obj, ordinal: int, revision: str) -> tuple[str, Obj]:
        """The revision of a new pod and its template: below the partition that of before the update."""
        current = str((obj.get("status") or {}).get("currentRevision") or revision)
        if ordinal < _partition(obj) and current != revision:
            before = controller_revisions.find_revision(self.world, obj, current)
            if before is not None:
                return current, controller_revisions.template_of(before)
        return revision, copy.deepcopy(obj["spec"]["template"])

    def _claim(self, obj: Obj, template: Obj, pod: str) -> None:
        meta = obj["metadata"]
        name = f"{template['metadata']['name']}-{pod}"
        if self.world.objects.get("PersistentVolumeClaim", meta["namespace"], name) is not None:
            return
        claim = copy.deepcopy(template)
        claim.update(apiVersion="v1", kind="PersistentVolumeClaim")
        claim["metadata"] = {
            "name": name,
            "namespace": meta["namespace"],
            "labels": {
                **(template["metadata"].get("labels") or {}),
                **(obj["spec"]["selector"].get("matchLabels") or {}),
            },
            "finalizers": ["kubernetes.io/pvc-protection"],
        }
        claim["status"] = first_status(claim)
        self.world.objects.create(with_defaults(claim))
        text = f"create Claim {name} Pod {pod} in StatefulSet {meta['name']} success"
        self.tell(obj, "Normal", "SuccessfulCreate", text)

    def _remove(self, obj: Obj, pods: list[Obj]) -> None:
        for pod in pods:
            if not pod["metadata"].get("deletionTimestamp"):
                name = pod["metadata"]["name"]
                text = f"delete Pod {name} in StatefulSet {obj['metadata']['name']} successful"
                self.tell(obj, "Normal", "SuccessfulDelete", text)
                self.delete(pod)

    def _write_status(self, obj: Obj, revision: str) -> str:
        """Returns the revision that the set has come from."""
        pods = owned_objects(self.world.objects, "Pod", obj)
        before = obj.get("status") or {}
        updated = [p for p in pods if p["metadata"]["labels"].get(REVISION) == revision]
        ready = [p for p in pods if is_ready(p)]
        done = len(updated) == len(pods) == len(ready) == replicas(obj)
        current = revision if done else before.get("currentRevision") or revision
        status = {
            "observedGeneration": obj["metadata"].get("generation", 1),
            "replicas": len(pods),
            "readyReplicas": len(ready),
            "currentReplicas": sum(p["metadata"]["labels"].get(REVISION) == current for p in pods),
            "updatedReplicas": len(updated),
        }
        status = {key: value for key, value in status.items() if value or key == "replicas"}
        self.put_status(
            obj,
            {
                **status,
                "availableReplicas": len(ready),
                "collisionCount": 0,
                "currentRevision": current,
                "updateRevision": revision,
            },
        )
        return str(current)


def _partition(obj: Obj) -> int:
    strategy = obj["spec"].get("updateStrategy") or {}
    return int((strategy.get("rollingUpdate") or {}).get("partition") or 0)


def _ordinal(pod: Obj) -> int:
    tail = pod["metadata"]["name"].rpartition("-")[2]
    return int(tail) if tail.isdigit() else -1


def _is_healthy(pod: Obj) -> bool:
    return phase(pod) == "Running" and is_ready(pod) and not pod["metadata"].get("deletionTimestamp")
