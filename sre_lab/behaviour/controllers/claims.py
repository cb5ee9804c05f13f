"""The volume controller: binds claims to volumes that fit, has new ones provisioned, or says why it cannot."""

from __future__ import annotations

from decimal import Decimal

from sre_lab.behaviour.controllers.controller import Controller
from sre_lab.kubernetes import deletion
from sre_lab.kubernetes.defaults import with_defaults
from sre_lab.kubernetes.quantities import parse
from sre_lab.kubernetes.selectors import matches
from sre_lab.objects.store import Obj, ObjectChange

RETRY_SECONDS = 15.0  # --pvclaimbinder-sync-period
PROVISION_SECONDS = 2.0  # what a storage backend takes for a volume
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
STATIC = "kubernetes.io/no-provisioner"
NO_VOLUME = "no persistent volumes available for this claim and no storage class is set"
NO_CONSUMER = "waiting for first consumer to be created before binding"
BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
BOUND_BY = "pv.kubernetes.io/bound-by-controller"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"


class VolumeClaimController(Controller):
    kind = "PersistentVolumeClaim"
    component = "persistentvolume-controller"
    owns = ()
    waits_in_recordings = True

    def on_change(self, change: ObjectChange) -> None:
        obj = change.object
        if obj["kind"] == self.kind:
            if change.type == "DELETED":
                self._release(obj)
            else:
                self.add(obj)
        elif obj["kind"] in ("StorageClass", "PersistentVolume") and change.type != "DELETED":
            for claim in self.world.objects.all(self.kind):
                self.add(claim)
        elif obj["kind"] == "Pod" and change.type != "MODIFIED":
            for volume in obj["spec"].get("volumes") or []:
                name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
                claim_object = self.world.objects.get(self.kind, obj["metadata"]["namespace"], name or "")
                if claim_object is not None and (change.type == "DELETED" or self._waits_for_consumer(claim_object)):
                    self.add(claim_object)

    def sync(self, obj: Obj) -> None:
        if obj["metadata"].get("deletionTimestamp"):
            if not deletion.has_finalizers(self.world, obj):  # the last pod that used it has gone
                self.world.objects.delete(self.kind, obj["metadata"]["namespace"], obj["metadata"]["name"])
            return
        if (obj.get("status") or {}).get("phase", "Pending") != "Pending":
            return
        obj = self._with_class(obj)
        name = obj["spec"].get("storageClassName") or ""
        storage_class = self.world.objects.get("StorageClass", "", name) if name else None
        if self._waits_for_consumer(obj) and not self._has_consumer(obj):
            self._put_off(obj, "Normal", "WaitForFirstConsumer", NO_CONSUMER)
            return
        volume = self._fitting(obj, name)
        if volume is not None:
            self._bind(obj, volume)
        elif obj["spec"].get("volumeName"):
            return  # it waits for that one volume, silently
        elif not name:
            self._put_off(obj, "Normal", "FailedBinding", NO_VOLUME)
        elif storage_class is None:
            text = f'storageclass.storage.k8s.io "{name}" not found'
            self._put_off(obj, "Warning", "ProvisioningFailed", text)
        elif storage_class.get("provisioner") != STATIC:
            uid = obj["metadata"]["uid"]
            self.world.clock.after(PROVISION_SECONDS, lambda: self._provision(obj, storage_class, uid))

    def _put_off(self, obj: Obj, type: str, reason: str, message: str) -> None:
        self.tell(obj, type, reason, message)
        self.add(obj, delay=RETRY_SECONDS)

    def _with_class(self, obj: Obj) -> Obj:
        """The claim with the cluster's default class, where it leaves the choice to the cluster."""
        if "storageClassName" in obj["spec"]:
            return obj
        classes = self.world.objects.all("StorageClass")
        defaults = [c for c in classes if (c["metadata"].get("annotations") or {}).get(DEFAULT_CLASS) == "true"]
        if not defaults:
            return obj
        name = defaults[0]["metadata"]["name"]
        return self.edit(obj, lambda claim: claim["spec"].update(storageClassName=name))

    def _waits_for_consumer(self, obj: Obj) -> bool:
        storage_class = self.world.objects.get("StorageClass", "", obj["spec"].get("storageClassName") or "")
        return storage_class is not None and storage_class.get("volumeBindingMode") == "WaitForFirstConsumer"

    def _has_consumer(self, obj: Obj) -> bool:
        name = obj["metadata"]["name"]
        return any(
            (volume.get("persistentVolumeClaim") or {}).get("claimName") == name
            for pod in self.world.objects.all("Pod", obj["metadata"]["namespace"])
            for volume in pod["spec"].get("volumes") or []
        )

    def _fitting(self, obj: Obj, class_name: str) -> Obj | None:
        """The smallest free volume that gives what the claim asks for."""
        spec = obj["spec"]
        fitting = [
            volume
            for volume in self.world.objects.all("PersistentVolume")
            if _is_free_for(volume, obj)
            and (volume["spec"].get("storageClassName") or "") == class_name
            and set(spec.get("accessModes") or []) <= set(volume["spec"].get("accessModes") or [])
            and _size(volume["spec"].get("capacity")) >= _size((spec.get("resources") or {}).get("requests"))
            and spec.get("volumeName") in (None, "", volume["metadata"]["name"])
            and (not spec.get("selector") or matches(spec["selector"], volume["metadata"].get("labels") or {}))
        ]
        return min(fitting, key=lambda volume: _size(volume["spec"].get("capacity")), default=None)

    def _provision(self, obj: Obj, storage_class: Obj, uid: str) -> None:
        meta = obj["metadata"]
        current = self.world.objects.get(self.kind, meta["namespace"], meta["name"])
        name = f"pvc-{uid}"
        if current is None or current["metadata"]["uid"] != uid or self.world.objects.get("PersistentVolume", "", name):
            return
        spec = {
            "accessModes": obj["spec"].get("accessModes") or [],
            "capacity": {"storage": obj["spec"]["resources"]["requests"]["storage"]},
            "claimRef": _claim_reference(current),
            "csi": {"driver": storage_class["provisioner"], "volumeHandle": name},
            "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy", "Delete"),
            "storageClassName": storage_class["metadata"]["name"],
        }
        annotations = {PROVISIONED_BY: storage_class["provisioner"]}
        volume: Obj = {"apiVersion": "v1", "kind": "PersistentVolume", "status": {"phase": "Pending"}, "spec": spec}
        volume["metadata"] = {"name": name, "annotations": annotations, "finalizers": ["kubernetes.io/pv-protection"]}
        self.tell(current, "Normal", "ProvisioningSucceeded", f"Successfully provisioned volume {name}")
        self.world.objects.create(with_defaults(volume))

    def _bind(self, obj: Obj, volume: Obj) -> None:
        name = volume["metadata"]["name"]

        def take(new: Obj) -> None:
            new["spec"]["claimRef"] = _claim_reference(obj)
            new["status"] = {"phase": "Bound"}

        def give(new: Obj) -> None:
            new["metadata"].setdefault("annotations", {}).update({BIND_COMPLETED: "yes", BOUND_BY: "yes"})
            new["spec"]["volumeName"] = name
            capacity, modes = volume["spec"].get("capacity") or {}, volume["spec"].get("accessModes") or []
            new["status"] = {"phase": "Bound", "accessModes": modes, "capacity": capacity}

        self.world.objects.edit("PersistentVolume", "", name, take)
        self.edit(obj, give)

    def _release(self, claim: Obj) -> None:
        """A volume whose claim is gone is deleted or kept as Released, as its policy says."""
        for volume in self.world.objects.all("PersistentVolume"):
            if (volume["spec"].get("claimRef") or {}).get("uid") != claim["metadata"]["uid"]:
                continue
            name = volume["metadata"]["name"]
            if volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
                self.world.objects.delete("PersistentVolume", "", name)
            else:
                self.world.objects.edit(
                    "PersistentVolume", "", name, lambda new: new["status"].update(phase="Released")
                )


class VolumeController(Controller):
    """A volume that nobody has claimed yet is Available."""

    kind = "PersistentVolume"
    component = "persistentvolume-controller"
    owns = ()
    waits_in_recordings = True

    def add(self, obj: Obj, *, delay: float | None = None) -> None:
        self.queue.add("", obj["metadata"]["name"])

    def sync(self, obj: Obj) -> None:
        if obj["metadata"].get("deletionTimestamp"):
            if not deletion.has_finalizers(self.world, obj):
                self.world.objects.delete(self.kind, "", obj["metadata"]["name"])
            return
        if (obj.get("status") or {}).get("phase") in (None, "Pending") and not obj["spec"].get("claimRef"):
            self.world.objects.edit(self.kind, "", obj["metadata"]["name"], _make_available)


def _make_available(volume: Obj) -> None:
    volume["status"] = {"phase": "Available"}


def _is_free_for(volume: Obj, claim: Obj) -> bool:
    if (volume.get("status") or {}).get("phase") == "Released":
        return False
    reference, meta = volume["spec"].get("claimRef"), claim["metadata"]
    if not reference:
        return True
    same = (reference.get("namespace"), reference.get("name")) == (meta["namespace"], meta["name"])
    return same and reference.get("uid") in (None, "", meta["uid"])


def _claim_reference(claim: Obj) -> Obj:
    meta = claim["metadata"]
    fields = {key: meta[key] for key in ("name", "namespace", "resourceVersion", "uid")}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", **fields}


def _size(amounts: Obj | None) -> Decimal:
    return parse((amounts or {}).get("storage", 0))
